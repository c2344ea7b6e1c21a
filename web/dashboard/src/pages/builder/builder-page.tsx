import { ApiError, Button, confirm, Form, isAbort, PageHead, problemOf, Rich, useDebounced, useForm, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { v2 } from '../../api/v2';
import { describe, router } from '../../app';
import { CodeTabs } from '../../code/code-tabs';
import { requestBytes, requestHeaders, requestPath } from '../../code/publish-request';
import { t } from '../../i18n';
import { changing } from '../resources/may';
import { BodyPart, HeadersPart } from './body-part';
import { keepDraft, recallDraft } from './draft';
import { faultText } from './fault-text';
import { anyWrong } from './form-access';
import { Group } from './group';
import { CallbacksPart, DeduplicationPart, FlowPart, LabelsPart, RetriesPart, WhenPart } from './options';
import { Result, sentOf, type Sent } from './result';
import { summaries } from './summaries';
import { ClearButton, Target } from './target';
import { emptyValues, faultsOf, fieldOfRefusal, prefill, prefillNames, requestOf, restored, type BuilderValues, type Field } from './values';

/** The form as it was left, or as a link fills it; the link's part of the address is then done. */
function firstValues(): BuilderValues {
  const query = router.current.peek()?.query;
  const filled = query ? prefill(query) : null;
  return filled ?? restored(recallDraft());
}

const fields = Object.keys(emptyValues) as Field[];
const isSet = (name: Field, values: BuilderValues): boolean => JSON.stringify(values[name]) !== JSON.stringify(emptyValues[name]);

const parts = {
  headers: ['headers', 'headerForward'],
  when: ['delayKind', 'delay', 'notBefore'],
  retries: ['retries', 'retryDelay', 'timeout'],
  callbacks: ['callback', 'callbackHeaders', 'failureCallback', 'failureCallbackHeaders'],
  deduplication: ['deduplicationId', 'contentBased'],
  flow: ['flowKey', 'flowRate', 'flowPeriod', 'flowParallelism'],
  labels: ['labels', 'redactBody', 'redactAll', 'redactHeaders'],
} as const satisfies Record<string, readonly Field[]>;

/** A publish to be written, looked at as code, and sent. */
export function BuilderPage(): JSX.Element {
  useTitle(t('builder.title'));
  const [sent, setSent] = useState<Sent | null>(null);
  const result = useRef<HTMLDivElement>(null);
  const first = useRef<BuilderValues | null>(null);
  first.current ??= firstValues();
  const form = useForm<BuilderValues>({
    initial: first.current,
    validate: (values) => Object.fromEntries(Object.entries(faultsOf(values)).map(([field, fault]) => [field, faultText(field as Field, fault, values)])),
    describe,
    async submit(values) {
      const request = requestOf(values);
      try {
        const answer = await v2.send('POST', requestPath(request), { headers: requestHeaders(request), bytes: requestBytes(request) });
        setSent(sentOf(answer));
      } catch (error) {
        if (isAbort(error)) throw error;
        const problem = problemOf(error);
        setSent({ kind: 'refused', message: describe(problem), answered: !(error instanceof ApiError && error.status === 0) });
        const field = fieldOfRefusal(problem.message, values);
        if (field !== undefined) throw new ApiError(error instanceof ApiError ? error.status : 0, { ...problem, field });
      }
    },
  });
  const values = form.values.value;
  const settled = useDebounced(values, 600).value;

  useEffect(() => {
    if (prefillNames.some((name) => router.current.peek()?.query.has(name))) router.setQuery(Object.fromEntries(prefillNames.map((name) => [name, null])));
  }, []);
  // On a phone the result is far from where one looks while sending.
  useEffect(() => {
    if (sent !== null) result.current?.scrollIntoView({ block: 'nearest' });
  }, [sent]);
  useEffect(() => {
    keepDraft(JSON.stringify(values) === JSON.stringify(emptyValues) ? null : JSON.stringify(values));
  }, [values]);
  // Whoever pauses is told what is wrong with what is written; what is empty can wait for the sending.
  useEffect(() => {
    for (const name of fields) {
      if (isSet(name, settled)) form.field(name).onBlur();
    }
  }, [settled]);

  const request = requestOf(values);
  const wrong = Object.values(form.errors.value).filter((error) => error !== undefined).length;
  const part = (name: keyof typeof parts): { summary: string; wrong: boolean; startsOpen: boolean } => ({
    summary: summaries[name](values),
    wrong: anyWrong(form, parts[name]),
    startsOpen: parts[name].some((field) => isSet(field, first.current ?? emptyValues)),
  });
  const clear = async (): Promise<void> => {
    if (!(await confirm({ title: t('builder.clearTitle'), text: t('builder.clearText'), action: t('builder.clear'), danger: true }))) return;
    form.reset(emptyValues);
    setSent(null);
  };
  return (
    <>
      <PageHead title={t('builder.title')} actions={<ClearButton dirty={fields.some((name) => isSet(name, values))} clear={() => void clear()} />}>
        {t('builder.lead')}
      </PageHead>
      <Form form={form} label={t('builder.title')}>
        <div class="builder">
          <div class="builder-main">
            <Target form={form} />
            <div class="builder-groups">
              <Group title={t('builder.bodyTitle')} summary={summaries.body(values)} wrong={anyWrong(form, ['body', 'contentType'])} startsOpen>
                <BodyPart form={form} />
              </Group>
              <Group title={t('builder.headersTitle')} {...part('headers')}>
                <HeadersPart form={form} />
              </Group>
              <Group title={t('builder.whenTitle')} {...part('when')}>
                <WhenPart form={form} />
              </Group>
              <Group title={t('builder.retriesTitle')} {...part('retries')}>
                <RetriesPart form={form} />
              </Group>
              <Group title={t('builder.callbacksTitle')} {...part('callbacks')}>
                <CallbacksPart form={form} />
              </Group>
              {values.action !== 'schedule' && (
                <Group title={t('builder.deduplicationTitle')} {...part('deduplication')}>
                  <DeduplicationPart form={form} />
                </Group>
              )}
              <Group title={t('builder.flowTitle')} {...part('flow')}>
                <FlowPart form={form} />
              </Group>
              <Group title={t('builder.labelsTitle')} {...part('labels')}>
                <LabelsPart form={form} />
              </Group>
            </div>
          </div>
          <div class="builder-side">
            <div ref={result} class="builder-result">{sent !== null && <Result sent={sent} />}</div>
            <section class="builder-code" aria-labelledby="builder-code-title">
              <h2 class="section-title" id="builder-code-title">
                {t('builder.codeTitle')}
              </h2>
              <CodeTabs request={request} baseUrl={location.origin} />
              <p class="field-hint">{request.destination === '' ? t('builder.codeUnfinished') : <Rich text={t('builder.codeToken')} />}</p>
            </section>
          </div>
          <div class="form-foot builder-foot">
            {wrong > 0 && <span class="text-danger text-small">{t('builder.wrong', { count: wrong })}</span>}
            <Button type="submit" variant="primary" icon="upload" busy={form.busy.value} {...changing()} testId="builder-send">
              {values.action === 'schedule' ? t('builder.createSchedule') : sent?.kind === 'messages' ? t('builder.sendAgain') : t('builder.send')}
            </Button>
          </div>
        </div>
      </Form>
    </>
  );
}
