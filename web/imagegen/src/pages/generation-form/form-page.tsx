import { ApiError, Button, Callout, PageHead, Skeleton, useDebounced, useForm, useLeaveGuard, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import type { Generation, Preview, Status } from '../../api/contract';
import { api, describe, router, status } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { startWhenOpened } from '../generation/start-request';
import { loadForm, sampleRequest, type Filled } from './fill';
import { canPreview, faultsOf, fillForm, fitToModel, localDateTime, previewRequestOf, requestOf, templateOf, type GenerationForm } from './form';
import { PreviewQuestions } from './preview';
import { PreviewPanel } from './preview-panel';
import { ImageSection, PaceSection, PromptSection } from './sections';
import { TemplateMenu } from './template-menu';

/** The fields that the server calls otherwise than the form. */
const fieldNames: Readonly<Record<string, keyof GenerationForm>> = { prompts: 'inline' };

function Editor({ filled }: { filled: Filled }): JSX.Element {
  const { models, prompts } = filled;
  const form = useForm<GenerationForm>({
    initial: filled.form,
    validate: (values) =>
      Object.fromEntries(
        Object.entries(faultsOf(values, Date.now())).map(([field, key]) => [field, t.find(`generationForm.${key}`) ?? key]),
      ),
    describe,
    submit: async (values) => {
      try {
        const generation = await api.post<Generation>('/api/generations', requestOf(values));
        if (values.start === 'now') startWhenOpened(generation.id);
        created.id = generation.id;
      } catch (error) {
        if (error instanceof ApiError && error.problem.field !== undefined) {
          const field = fieldNames[error.problem.field] ?? error.problem.field;
          throw new ApiError(error.status, { ...error.problem, field });
        }
        throw error;
      }
    },
  });
  const created = useMemo(() => ({ id: '' }), []);
  useLeaveGuard(router, form.dirty);

  const values = form.values.value;
  const faults = faultsOf(values, Date.now());
  const question = canPreview(faults) ? JSON.stringify(previewRequestOf(values)) : '';
  const rested = useDebounced(question, 300);
  const questions = useMemo(
    () => new PreviewQuestions((request, signal) => api.post<Preview>('/api/generations/preview', request, { signal })),
    [],
  );
  useEffect(() => {
    void questions.set(rested.value === '' ? null : JSON.parse(rested.value));
  }, [rested.value, questions]);
  useEffect(() => () => questions.stop(), [questions]);
  const preview = questions.state.value;

  const use = (request: Parameters<typeof fillForm>[1]): void => {
    const next = fillForm(form.values.peek(), request);
    form.values.value = fitToModel(next, models.find(({ id }) => id === next.model));
  };
  const useSample = async (): Promise<void> => {
    const known = status().value.peek() ?? (await api.get<Status>('/api/status'));
    use(sampleRequest(known, { rateLimit: values.rateLimit ?? 60, retries: 3, model: values.model }));
  };
  useEffect(() => {
    // A first suggestion, when a time is wanted: in an hour.
    if (values.start === 'at' && values.startAt === '') form.set('startAt', localDateTime(new Date(Date.now() + 3_600_000)));
  }, [values.start]);

  const submit = async (): Promise<void> => {
    if (await form.submit()) await router.go(router.href('generation', { id: created.id }));
  };
  const action =
    values.start === 'now' ? t('generationForm.submitStart') : values.start === 'at' ? t('generationForm.submitSchedule') : t('generationForm.submitCreate');
  const unknown = preview.preview?.unknownParameters ?? [];
  const nothingYet = values.source === 'saved' ? values.promptId === '' : values.inline.trim() === '';

  return (
    <>
      <PageHead
        title={t('generationForm.title')}
        back={{ href: router.href('generations'), label: t('generationForm.back') }}
        actions={
          <TemplateMenu
            suggestedName={values.name}
            current={() => {
              const { name: _, startAt: __, ...rest } = faultsOf(form.values.peek(), Date.now());
              if (Object.keys(rest).length === 0) return templateOf(form.values.peek());
              void form.submit(); // Shows what is wrong; it cannot be sent with faults.
              return null;
            }}
            onUse={use}
          />
        }
      >
        {filled.note && <Callout testId="filled-from">{filled.note}</Callout>}
      </PageHead>
      <form
        class="form-layout"
        noValidate
        aria-label={t('generationForm.title')}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="form">
          <PromptSection form={form} prompts={prompts} unknown={unknown} onSample={() => void useSample()} />
          <PaceSection form={form} tasks={preview.preview?.tasks ?? null} />
          <ImageSection form={form} models={models} />
        </div>
        <PreviewPanel
          state={preview}
          rateLimit={values.rateLimit ?? 1}
          waiting={nothingYet ? t('generationForm.previewEmpty') : t('generationForm.previewWaiting')}
        >
          <Button type="submit" variant="primary" busy={form.busy.value} testId="create-generation">
            {action}
          </Button>
        </PreviewPanel>
      </form>
    </>
  );
}

/** The form that makes a generation, filled with what the address asks for. */
export function NewGenerationPage(): JSX.Element {
  useTitle(t('generationForm.title'));
  const [filled, setFilled] = useState<Filled | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const query = router.current.value?.query.toString() ?? '';
  const load = async (): Promise<void> => {
    try {
      setFilled(await loadForm(api, new URLSearchParams(query)));
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  };
  useEffect(() => {
    setFilled(null);
    void load();
  }, [query]);
  if (filled) return <Editor key={query} filled={filled} />;
  return (
    <>
      <PageHead title={t('generationForm.title')} back={{ href: router.href('generations'), label: t('generationForm.back') }} />
      {problem === null ? <Skeleton lines={4} height="card" /> : <LoadFailed error={problem} retry={load} />}
    </>
  );
}
