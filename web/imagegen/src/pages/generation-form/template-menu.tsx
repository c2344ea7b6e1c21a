import { Button, Dialog, IconButton, Menu, promptText, toast, toastError, type MenuItem } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { GenerationRequest, Template, TemplateChange } from '../../api/contract';
import { api, describeError } from '../../app';
import { t } from '../../i18n';

interface TemplateMenuProps {
  /** What the form holds now; null while it has faults. */
  current: () => Partial<GenerationRequest> | null;
  suggestedName: string;
  onUse: (request: Partial<GenerationRequest>) => void;
}

/** Named fillings of the form: used, kept, deleted. */
export function TemplateMenu({ current, suggestedName, onUse }: TemplateMenuProps): JSX.Element {
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  const [managing, setManaging] = useState(false);
  const load = async (): Promise<void> => {
    try {
      setTemplates((await api.get<{ templates: Template[] }>('/api/templates')).templates);
    } catch (error) {
      toastError(describeError(error));
    }
  };
  useEffect(() => void load(), []);

  const save = async (): Promise<void> => {
    const request = current();
    if (request === null) return;
    const name = await promptText({
      title: t('generationForm.templateSaveTitle'),
      text: t('generationForm.templateSaveText'),
      action: t('common.save'),
      input: { label: t('generationForm.templateName'), value: suggestedName },
    });
    if (name === null || name.trim() === '') return;
    try {
      const change: TemplateChange = { name: name.trim(), request };
      await api.post<Template>('/api/templates', change);
      toast(t('generationForm.templateSaved', { name: name.trim() }));
      await load();
    } catch (error) {
      toastError(describeError(error));
    }
  };
  const remove = async (template: Template): Promise<void> => {
    try {
      await api.delete(`/api/templates/${template.id}`);
      toast(t('generationForm.templateDeleted', { name: template.name }));
      await load();
    } catch (error) {
      toastError(describeError(error));
    }
  };

  const items: MenuItem[] = [
    ...(templates.length === 0
      ? [{ label: t('generationForm.templateNone'), disabled: true, run: () => {} }]
      : templates.map((template) => ({
          label: template.name,
          run: () => {
            onUse(template.request);
            toast(t('generationForm.templateFilled', { name: template.name }));
          },
        }))),
    'separator',
    { label: t('generationForm.templateSave'), icon: 'plus', run: () => void save() },
    ...(templates.length > 0
      ? [{ label: t('generationForm.templateManage'), icon: 'trash' as const, run: () => setManaging(true) }]
      : []),
  ];
  return (
    <>
      <Menu items={items} testId="templates">
        {t('generationForm.templates')}
      </Menu>
      {managing && (
        <Dialog
          size="small"
          lightDismiss
          title={t('generationForm.templates')}
          onClose={() => setManaging(false)}
          actions={<Button onClick={() => setManaging(false)}>{t('common.done')}</Button>}
        >
          <ul class="template-list">
            {templates.map((template) => (
              <li key={template.id}>
                <span class="clip">{template.name}</span>
                <IconButton
                  icon="trash"
                  danger
                  label={t('generationForm.templateDelete', { name: template.name })}
                  onClick={() => void remove(template)}
                />
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}
