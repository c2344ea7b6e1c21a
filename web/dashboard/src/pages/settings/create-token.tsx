import { ApiError, Button, Callout, confirm, CopyButton, Dialog, problemOf, Switch, TextInput, useForm } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Token } from '../../api/contract';
import { api } from '../../app';
import { t } from '../../i18n';
import { tokenProblem } from './token-problem';

interface Created {
  token: string;
  record: Token;
}

/** The token in full, this once. */
function Shown({ created, onClose }: { created: Created; onClose: () => void }): JSX.Element {
  const name = created.record.name;
  const leave = async (): Promise<void> => {
    if (await confirm({ title: t('settings.createdLeaveTitle'), text: t('settings.createdLeaveText'), action: t('settings.createdLeave'), danger: true })) onClose();
  };
  return (
    <Dialog
      title={t('settings.createdTitle')}
      onClose={() => void leave()}
      testId="token-created"
      actions={
        <Button variant="primary" onClick={onClose} testId="token-done">
          {t('settings.createdDone')}
        </Button>
      }
    >
      <div class="stack">
        <Callout tone="warning">{t('settings.createdWarning')}</Callout>
        <div class="field">
          <span class="field-label" id="token-shown">
            {name === '' ? t('settings.createdTokenNoName') : t('settings.createdToken', { name })}
          </span>
          <div class="token-shown">
            <code aria-labelledby="token-shown" data-testid="token-value">
              {created.token}
            </code>
            <CopyButton text={created.token} wide />
          </div>
        </div>
      </div>
    </Dialog>
  );
}

/** Asks for a name, makes the token, and shows it. */
export function CreateToken({ onClose, onCreated }: { onClose: () => void; onCreated: (record: Token) => void }): JSX.Element {
  const [created, setCreated] = useState<Created | null>(null);
  const form = useForm({
    initial: { name: '', readOnly: false },
    describe: (problem) => tokenProblem(new ApiError(0, problem)),
    async submit({ name, readOnly }) {
      try {
        const made = await api.post<Created>('/admin/v1/tokens', { name: name.trim(), readOnly });
        onCreated(made.record);
        setCreated(made);
      } catch (error) {
        // In the dialog, not beside it.
        throw new ApiError(error instanceof ApiError ? error.status : 0, { ...problemOf(error), field: 'name', message: tokenProblem(error) });
      }
    },
  });
  if (created) return <Shown created={created} onClose={onClose} />;
  return (
    <Dialog
      title={t('settings.createTitle')}
      size="small"
      onClose={onClose}
      testId="token-create"
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button variant="primary" busy={form.busy.value} onClick={() => void form.submit()} testId="token-make">
            {t('settings.createAction')}
          </Button>
        </>
      }
    >
      <div class="stack">
        <TextInput label={t('settings.createName')} hint={t('settings.createNameHint')} optional maxLength={100} autoFocus {...form.field('name')} onEnter={() => void form.submit()} />
        <Switch label={t('settings.createReadOnly')} hint={t('settings.createReadOnlyHint')} checked={form.values.value.readOnly} onChange={(on) => form.set('readOnly', on)} />
      </div>
    </Dialog>
  );
}
