import { ApiError, Button, Callout, confirm, EmptyState, Form, formatBytes, LinkButton, NumberInput, PageHead, Section, Select, Skeleton, Switch, TextArea, TextInput, toast, useForm, useLeaveGuard, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Schedule } from '../../api/resources';
import { v2 } from '../../api/v2';
import { describe, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { HeaderLines } from '../resources/header-lines';
import { changing } from '../resources/may';
import { schedulePath } from './actions';
import { CronInput } from './cron-input';
import { faultsOf, methods, newSchedule, scheduleRequest, valuesOf, type Fault, type ScheduleValues } from './editor';

function faultText(fault: Fault): string {
  const texts: Readonly<Record<Fault, string>> = {
    needed: t('schedules.faultNeeded'),
    destination: t('schedules.faultDestination'),
    name: t('resources.faultName'),
    url: t('resources.faultUrl'),
    duration: t('schedules.faultDuration'),
    header: t('resources.faultHeader'),
    headerValue: t('resources.faultHeaderValue'),
    retries: t('schedules.faultRetries'),
    flowValue: t('schedules.faultFlowValue'),
    flowKey: t('schedules.faultFlowKey'),
    positive: t('schedules.faultPositive'),
  };
  return texts[fault];
}

/** Asks before a schedule is made in the place of another one; false keeps the form. */
async function mayOverwrite(id: string): Promise<boolean> {
  if (id === '') return true;
  try {
    await v2.get<Schedule>(schedulePath(id));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    throw error;
  }
  return confirm({ title: t('schedules.overwriteTitle', { name: id }), text: t('schedules.overwriteText'), action: t('schedules.overwriteAction'), danger: true });
}

function Editor({ schedule }: { schedule: Schedule | null }): JSX.Element {
  const opened = schedule ? valuesOf(schedule) : { values: newSchedule, hidden: { body: false, headers: [] } };
  const form = useForm<ScheduleValues>({
    initial: opened.values,
    validate: (values) => Object.fromEntries(Object.entries(faultsOf(values)).map(([field, fault]) => [field, faultText(fault)])),
    describe,
    async submit(values) {
      if (!schedule && !(await mayOverwrite(values.id.trim()))) return;
      const { path, headers, body } = scheduleRequest(values);
      const { scheduleId: id } = await v2.send<{ scheduleId: string }>('POST', path, { headers, bytes: body });
      form.reset(values);
      toast(schedule ? t('schedules.saved', { name: id }) : t('schedules.createdToast', { name: id }));
      void router.go(router.href('schedule', { id }));
    },
  });
  useLeaveGuard(router, form.dirty);
  const values = form.values.value;
  const errorOf = (name: keyof ScheduleValues): string | undefined => form.errors.value[name];
  const binary = values.bodyBase64 !== null && values.body === '';
  return (
    <Form form={form} label={schedule ? t('schedules.editTitle', { name: schedule.scheduleId }) : t('schedules.newTitle')}>
      <Section id="what" title={t('schedules.sectionWhat')} lead={t('schedules.sectionWhatLead')}>
        <TextInput label={t('schedules.destination')} hint={t('schedules.destinationHint')} mono placeholder="https://example.com/hook" {...form.field('destination')} />
        {!schedule && <TextInput label={t('schedules.id')} hint={t('schedules.idHint')} mono optional {...form.field('id')} />}
        <Select label={t('schedules.method')} name="method" value={values.method} options={methods.map((method) => ({ value: method as string, label: method }))} onChange={(method) => form.set('method', method)} />
        {opened.hidden.headers.length > 0 && <Callout tone="warning">{t('schedules.headersHidden', { names: opened.hidden.headers.join(', ') })}</Callout>}
        <HeaderLines label={t('schedules.headers')} name="headers" lines={values.headers} error={errorOf('headers')} onChange={(lines) => form.set('headers', lines)} />
        {opened.hidden.body && <Callout tone="warning">{t('schedules.bodyHidden')}</Callout>}
        <TextArea
          label={t('schedules.body')}
          hint={binary ? t('schedules.bodyBinaryKept', { size: formatBytes(Math.floor(((values.bodyBase64 ?? '').length * 3) / 4)) }) : t('schedules.bodyHint')}
          mono
          rows={6}
          {...form.field('body')}
        />
      </Section>
      <Section id="when" title={t('schedules.sectionWhen')} lead={t('schedules.sectionWhenLead')}>
        <CronInput value={values.cron} error={errorOf('cron')} onChange={(cron) => form.set('cron', cron)} onBlur={() => form.field('cron').onBlur()} />
      </Section>
      <Section id="how" title={t('schedules.sectionHow')} lead={t('schedules.sectionHowLead')}>
        <NumberInput label={t('schedules.retries')} hint={t('schedules.retriesHint')} optional min={0} {...form.field('retries')} />
        <TextInput label={t('schedules.retryDelay')} hint={t('schedules.retryDelayHint')} optional mono {...form.field('retryDelay')} />
        <TextInput label={t('schedules.delay')} hint={t('schedules.durationHint')} optional mono {...form.field('delay')} />
        <TextInput label={t('schedules.timeout')} hint={t('schedules.durationHint')} optional mono {...form.field('timeout')} />
        <TextInput label={t('schedules.queue')} optional mono {...form.field('queue')} />
        <TextInput label={t('schedules.labels')} hint={t('schedules.labelsHint')} optional {...form.field('labels')} />
      </Section>
      <Section id="more" title={t('schedules.sectionMore')} lead={t('schedules.sectionMoreLead')}>
        <TextInput label={t('schedules.flowKey')} optional mono {...form.field('flowKey')} />
        <div class="fields-row">
          <NumberInput label={t('schedules.flowRate')} min={1} {...form.field('flowRate')} />
          <TextInput label={t('schedules.flowPeriod')} mono placeholder="1m" {...form.field('flowPeriod')} />
          <NumberInput label={t('schedules.flowParallelism')} min={1} {...form.field('flowParallelism')} />
        </div>
        <TextInput label={t('schedules.callback')} optional mono {...form.field('callback')} />
        {values.callback !== '' && (
          <HeaderLines label={t('schedules.callbackHeaders')} name="callbackHeaders" lines={values.callbackHeaders} error={errorOf('callbackHeaders')} onChange={(lines) => form.set('callbackHeaders', lines)} />
        )}
        <TextInput label={t('schedules.failureCallback')} optional mono {...form.field('failureCallback')} />
        {values.failureCallback !== '' && (
          <HeaderLines
            label={t('schedules.failureCallbackHeaders')}
            name="failureCallbackHeaders"
            lines={values.failureCallbackHeaders}
            error={errorOf('failureCallbackHeaders')}
            onChange={(lines) => form.set('failureCallbackHeaders', lines)}
          />
        )}
        {schedule && (schedule.callback || schedule.failureCallback) && <p class="field-hint">{t('schedules.callbackNote')}</p>}
        <Switch label={t('schedules.redactBody')} checked={values.redactBody} onChange={(redactBody) => form.set('redactBody', redactBody)} />
        <TextInput label={t('schedules.redactHeaders')} hint={t('schedules.redactHeadersHint')} optional mono {...form.field('redactHeaders')} />
      </Section>
      <div class="form-foot">
        <LinkButton href={schedule ? router.href('schedule', { id: schedule.scheduleId }) : router.href('schedules')}>{t('common.cancel')}</LinkButton>
        <Button type="submit" variant="primary" busy={form.busy.value} {...changing()} testId="schedule-save">
          {schedule ? t('resources.save') : t('resources.create')}
        </Button>
      </div>
    </Form>
  );
}

/** Makes a schedule. */
export function NewSchedulePage(): JSX.Element {
  useTitle(t('schedules.newTitle'));
  return (
    <>
      <PageHead title={t('schedules.newTitle')} back={{ href: router.href('schedules'), label: t('schedules.back') }} />
      <Editor schedule={null} />
    </>
  );
}

/** Changes one: it is made anew under its id. */
export function EditSchedulePage({ id }: { id: string }): JSX.Element {
  const title = t('schedules.editTitle', { name: id });
  useTitle(title);
  const poll = usePoll<Schedule>(id, { load: (signal) => v2.get<Schedule>(schedulePath(id), { signal }), outlook: () => ({ final: true }) });
  const schedule = poll.value.value;
  const error = poll.error.value;
  return (
    <>
      <PageHead title={<span class="wrap-anywhere">{title}</span>} back={{ href: router.href('schedule', { id }), label: t('schedules.backToSchedule') }} />
      {schedule ? (
        <Editor key={id} schedule={schedule} />
      ) : error instanceof ApiError && error.status === 404 ? (
        <EmptyState icon="search" title={t('resources.notFoundTitle')}>
          {t('resources.notFoundText')}
        </EmptyState>
      ) : error === undefined ? (
        <Skeleton lines={6} height="row" />
      ) : (
        <LoadFailed error={error} retry={() => poll.refresh()} />
      )}
    </>
  );
}
