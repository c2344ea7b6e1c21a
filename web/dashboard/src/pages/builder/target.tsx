import { Button, Segmented, Select, TextInput, texts, usePoll } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { Catcher } from '../../api/contract';
import type { Queue, UrlGroup } from '../../api/resources';
import { v2 } from '../../api/v2';
import { api } from '../../app';
import { t } from '../../i18n';
import { CronInput } from '../schedules/cron-input';
import { errorOf, type PartProps } from './form-access';
import { SuggestInput } from './suggest-input';
import { isDestinationUrl, methods, type BuilderAction } from './values';

/** What the broker knows of places to send to; it is a help, so nothing is said when it fails. */
interface Known {
  catcher: string | null;
  groups: readonly UrlGroup[] | null;
  queues: readonly string[];
}

async function loadKnown(signal: AbortSignal): Promise<Known> {
  const [catcher, groups, queues] = await Promise.allSettled([
    api.get<Catcher>('/admin/v1/catcher', { signal }),
    v2.get<readonly UrlGroup[]>('/v2/topics', { signal }),
    v2.get<readonly Queue[]>('/v2/queues', { signal }),
  ]);
  return {
    catcher: catcher.status === 'fulfilled' ? catcher.value.url : null,
    groups: groups.status === 'fulfilled' ? groups.value : null,
    queues: queues.status === 'fulfilled' ? queues.value.map(({ name }) => name) : [],
  };
}

/** What the destination is, once it is written. */
function destinationHint(destination: string, known: Known | undefined): ComponentChildren {
  if (destination !== '' && destination === known?.catcher) return t('builder.destinationIsCatcher');
  if (destination === '' || isDestinationUrl(destination) || !known?.groups) return t('builder.destinationHint');
  const group = known.groups.find(({ name }) => name === destination);
  return group ? t('builder.destinationGroup', { count: group.endpoints.length }) : <span class="text-warning">{t('builder.destinationNoGroup')}</span>;
}

/** What to do, and where it goes. */
export function Target({ form }: PartProps): JSX.Element {
  const known = usePoll<Known>('builder-known', { load: loadKnown, outlook: () => ({ final: true }) }).value.value;
  const values = form.values.value;
  const destination = values.destination.trim();
  const catcher = known?.catcher ?? null;
  const offers = [...(catcher === null ? [] : [catcher]), ...(known?.groups ?? []).map(({ name }) => name)];
  return (
    <div class="stack">
      <div>
        <Segmented<BuilderAction>
          label={t('builder.action')}
          value={values.action}
          options={[
            { value: 'publish', label: t('builder.actionPublish') },
            { value: 'enqueue', label: t('builder.actionEnqueue') },
            { value: 'schedule', label: t('builder.actionSchedule') },
          ]}
          onChange={(action) => form.set('action', action)}
        />
        <p class="field-hint builder-action-hint">
          {{ publish: t('builder.actionPublishTip'), enqueue: t('builder.actionEnqueueTip'), schedule: t('builder.actionScheduleTip') }[values.action]}
        </p>
      </div>
      <div class="builder-target">
        <Select label={t('builder.method')} name="method" value={values.method} options={methods.map((value) => ({ value: value as string, label: value }))} onChange={(method) => form.set('method', method)} />
        <SuggestInput
          label={t('builder.destination')}
          {...form.field('destination')}
          suggestions={offers}
          placeholder="https://example.com/hook"
          hint={destinationHint(destination, known)}
          aside={
            catcher !== null && destination !== catcher ? (
              <button type="button" class="builder-offer" data-testid="builder-catcher" onClick={() => form.set('destination', catcher)}>
                {t('builder.destinationCatcher')}
              </button>
            ) : undefined
          }
        />
      </div>
      {values.action === 'enqueue' && <SuggestInput label={t('builder.queue')} {...form.field('queue')} suggestions={known?.queues ?? []} hint={t('builder.queueHint')} />}
      {values.action === 'schedule' && (
        <>
          <CronInput value={values.cron} error={errorOf(form, 'cron')} onChange={(cron) => form.set('cron', cron)} onBlur={() => form.field('cron').onBlur()} />
          <div class="fields-2">
            <TextInput label={t('builder.scheduleId')} hint={t('builder.scheduleIdHint')} mono optional {...form.field('scheduleId')} />
            <SuggestInput label={t('builder.queue')} optional={texts('kit.optional')} {...form.field('queue')} suggestions={known?.queues ?? []} hint={t('builder.queueOptional')} />
          </div>
        </>
      )}
    </div>
  );
}

/** Starts over, after asking. */
export function ClearButton({ dirty, clear }: { dirty: boolean; clear: () => void }): JSX.Element {
  return (
    <Button variant="ghost" icon="trash" disabled={!dirty} onClick={clear} testId="builder-clear">
      {t('builder.clear')}
    </Button>
  );
}
