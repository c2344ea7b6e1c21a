import { ApiError, Button, PageHead, problemOf, Skeleton, TextInput, texts, toast, useForm, useLeaveGuard, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Parameter, ParameterChange } from '../api/contract';
import { api, describe, router } from '../app';
import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';
import { cleaned, nameRule, valueLengthMax, valuesMax } from './parameters/values';
import { ValuesByAi } from './parameters/values-by-ai';
import { ValuesEditor } from './parameters/values-editor';

interface Draft {
  name: string;
  values: readonly string[];
}

function validate({ name, values }: Draft): Record<string, string | undefined> {
  const all = cleaned(values);
  const long = all.find((value) => value.length > valueLengthMax);
  return {
    name: name.trim() === '' ? texts('kit.required') : nameRule.test(name.trim()) ? undefined : t('parameters.nameBad'),
    values:
      all.length === 0
        ? t('parameters.valuesNeeded')
        : all.length > valuesMax
          ? t('parameters.valuesMany')
          : long
            ? t('parameters.valueLong', { value: long.slice(0, 40) })
            : undefined,
  };
}

function ParameterForm({ parameter, initial }: { parameter: Parameter | null; initial: Draft }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const form = useForm<Draft>({
    initial,
    validate,
    describe,
    async submit(draft) {
      const change: ParameterChange = { name: draft.name.trim(), values: cleaned(draft.values) };
      const saved = parameter
        ? await api.put<Parameter>(`/api/parameters/${encodeURIComponent(parameter.id)}`, change)
        : await api.post<Parameter>('/api/parameters', change);
      return { name: saved.name, values: saved.values };
    },
  });
  useLeaveGuard(router, form.dirty);
  const name = form.field('name');
  const save = async (): Promise<void> => {
    if (!(await form.submit())) return;
    toast(t('parameters.saved'));
    void router.go(router.href('parameters'));
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
      <TextInput
        {...name}
        label={t('parameters.name')}
        mono
        autoFocus={parameter === null}
        maxLength={100}
        hint={t('parameters.nameHint', { usage: `{{${name.value.trim() || '…'}}}` })}
      />
      <ValuesEditor values={form.values.value.values} error={form.errors.value['values']} onChange={(values) => form.set('values', values)} />
      <div class="row">
        <Button type="submit" variant="primary" busy={form.busy.value}>
          {t('parameters.save')}
        </Button>
        <Button icon="sparkle" onClick={() => setAsking(true)} testId="generate-values">
          {t('parameters.generate')}
        </Button>
      </div>
      {asking && (
        <ValuesByAi
          name={name.value.trim()}
          existing={cleaned(form.values.value.values)}
          onClose={() => setAsking(false)}
          onTake={(values, how) => form.set('values', how === 'append' ? [...cleaned(form.values.peek().values), ...values] : values)}
        />
      )}
    </form>
  );
}

/** One parameter; the id 'new' is one that does not exist yet, with `?name=` if a prompt asked for it. */
export function ParameterPage({ id }: { id: string }): JSX.Element {
  const isNew = id === 'new';
  const [all, setAll] = useState<readonly Parameter[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = async (): Promise<void> => {
    try {
      setAll((await api.get<{ parameters: Parameter[] }>('/api/parameters')).parameters);
      setError(null);
    } catch (problem) {
      setError(problemOf(problem));
    }
  };
  useEffect(() => void load(), []);
  const query = router.current.value?.query;
  const wanted = isNew ? query?.get('copy') : id;
  const found = all?.find((parameter) => parameter.id === wanted) ?? null;
  const title = isNew ? t('parameters.newTitle') : (found?.name ?? t('parameters.title'));
  useTitle(title);
  const gone = new ApiError(404, { code: 'not_found', message: t('parameters.gone') });
  const initial: Draft = isNew
    ? { name: found ? t('parameters.duplicateName', { name: found.name }) : (query?.get('name') ?? ''), values: found?.values ?? [] }
    : { name: found?.name ?? '', values: found?.values ?? [] };
  return (
    <>
      <PageHead title={title} back={{ href: router.href('parameters'), label: t('parameters.title') }} />
      {error ? (
        <LoadFailed error={error} retry={load} />
      ) : !all ? (
        <Skeleton lines={3} height="card" />
      ) : !isNew && !found ? (
        <LoadFailed error={gone} retry={load} />
      ) : (
        <ParameterForm parameter={isNew ? null : found} initial={initial} />
      )}
    </>
  );
}
