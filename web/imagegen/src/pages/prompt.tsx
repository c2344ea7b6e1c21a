import { ApiError, Button, Callout, LinkButton, PageHead, problemOf, Skeleton, TextInput, texts, toast, useForm, useLeaveGuard, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Parameter, Prompt, PromptChange } from '../api/contract';
import { api, describe, router } from '../app';
import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';
import { PromptByAi } from './prompts/prompt-by-ai';
import { readTemplate, resolved, type Reading } from './prompts/template';
import { TemplateInput } from './prompts/template-input';
import { Versions } from './prompts/versions';

const contentMax = 8000;

/** How many images a template makes, from what, and what they would be asked for. */
function VariantPreview({ template, reading }: { template: string; reading: Reading }): JSX.Element | null {
  if (template.trim() === '') return null;
  if (reading.unknown.length > 0) {
    return (
      <Callout
        tone="warning"
        title={t('prompts.unknown', { names: reading.unknown.join(', ') })}
        actions={reading.unknown.slice(0, 5).map((name) => (
          <LinkButton key={name} size="small" icon="plus" href={router.href('parameter', { id: 'new' }, { name })}>
            {t('prompts.createParameter', { name })}
          </LinkButton>
        ))}
      />
    );
  }
  const { known, variants } = reading;
  const samples = [...new Set([0, Math.floor(variants / 2), variants - 1])].map((index) => resolved(template, reading, index));
  return (
    <section class="card preview">
      <div class="preview-head">
        <h2 class="preview-title">{t('prompts.preview')}</h2>
        <span class="text-soft text-small numeric">
          {known.length > 1
            ? t('prompts.variantProduct', { product: known.map((parameter) => parameter.values.length).join(' × '), count: t('prompts.variantCount', { count: variants }) })
            : known.length === 1
              ? t('prompts.variantCount', { count: variants })
              : t('prompts.noParameters')}
        </span>
      </div>
      <ol class="samples">
        {samples.map((sample) => (
          <li key={sample}>{sample}</li>
        ))}
      </ol>
    </section>
  );
}

function PromptForm({ prompt, initial, parameters }: { prompt: Prompt | null; initial: PromptChange; parameters: readonly Parameter[] }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [looking, setLooking] = useState(false);
  const form = useForm<PromptChange>({
    initial,
    describe,
    validate: ({ name, content }) => ({
      name: name.trim() === '' ? texts('kit.required') : undefined,
      content: content.trim() === '' ? texts('kit.required') : content.length > contentMax ? t('prompts.contentLong') : undefined,
    }),
    async submit(draft) {
      const change: PromptChange = { name: draft.name.trim(), content: draft.content };
      const saved = prompt
        ? await api.put<Prompt>(`/api/prompts/${encodeURIComponent(prompt.id)}`, change)
        : await api.post<Prompt>('/api/prompts', change);
      return { name: saved.name, content: saved.content };
    },
  });
  useLeaveGuard(router, form.dirty);
  const content = form.field('content');
  const save = async (): Promise<void> => {
    if (!(await form.submit())) return;
    toast(t('prompts.saved'));
    void router.go(router.href('prompts'));
  };
  return (
    <form
      class="editor"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextInput {...form.field('name')} label={t('prompts.name')} maxLength={200} autoFocus={prompt === null} />
      <TemplateInput value={content.value} error={content.error} parameters={parameters} onChange={content.onChange} />
      <VariantPreview template={content.value} reading={readTemplate(content.value, parameters)} />
      <div class="row">
        <Button type="submit" variant="primary" busy={form.busy.value}>
          {t('prompts.save')}
        </Button>
        <Button icon="sparkle" onClick={() => setAsking(true)} testId="generate-prompt">
          {t('prompts.generate')}
        </Button>
        {prompt && prompt.version > 1 && (
          <Button variant="ghost" icon="history" onClick={() => setLooking(true)}>
            {t('prompts.history')}
          </Button>
        )}
      </div>
      {asking && (
        <PromptByAi
          parameters={parameters}
          onClose={() => setAsking(false)}
          onTake={(proposal) => {
            form.set('content', proposal.content);
            if (form.values.peek().name.trim() === '') form.set('name', proposal.name);
          }}
        />
      )}
      {looking && prompt && (
        <Versions
          prompt={prompt}
          onClose={() => setLooking(false)}
          onTake={(version) => {
            form.set('content', version.content);
            toast(t('prompts.restored', { version: version.version }), { tone: 'info' });
          }}
        />
      )}
    </form>
  );
}

/** One prompt; the id 'new' is one that does not exist yet, with `?copy=` of another. */
export function PromptPage({ id }: { id: string }): JSX.Element {
  const isNew = id === 'new';
  const [loaded, setLoaded] = useState<{ prompts: Prompt[]; parameters: Parameter[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = async (): Promise<void> => {
    try {
      const [{ prompts }, { parameters }] = await Promise.all([
        api.get<{ prompts: Prompt[] }>('/api/prompts'),
        api.get<{ parameters: Parameter[] }>('/api/parameters'),
      ]);
      setLoaded({ prompts, parameters });
      setError(null);
    } catch (problem) {
      setError(problemOf(problem));
    }
  };
  useEffect(() => void load(), []);
  const wanted = isNew ? router.current.value?.query.get('copy') : id;
  const found = loaded?.prompts.find((prompt) => prompt.id === wanted) ?? null;
  const title = isNew ? t('prompts.newTitle') : (found?.name ?? t('prompts.title'));
  useTitle(title);
  const gone = new ApiError(404, { code: 'not_found', message: t('prompts.gone') });
  return (
    <>
      <PageHead
        title={title}
        back={{ href: router.href('prompts'), label: t('prompts.title') }}
        actions={
          !isNew &&
          found && (
            <LinkButton icon="generations" href={router.href('newGeneration', {}, { prompt: found.id })}>
              {t('prompts.useInGeneration')}
            </LinkButton>
          )
        }
      />
      {error ? (
        <LoadFailed error={error} retry={load} />
      ) : !loaded ? (
        <Skeleton lines={3} height="card" />
      ) : !isNew && !found ? (
        <LoadFailed error={gone} retry={load} />
      ) : (
        <PromptForm
          prompt={isNew ? null : found}
          parameters={loaded.parameters}
          initial={{
            name: isNew && found ? t('prompts.duplicateName', { name: found.name }) : (found?.name ?? ''),
            content: found?.content ?? '',
          }}
        />
      )}
    </>
  );
}
