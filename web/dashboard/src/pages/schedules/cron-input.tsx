import { Button, locale, TextInput, useDebounced, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import type { CronPreview } from '../../api/contract';
import { api, describeError } from '../../app';
import { t } from '../../i18n';
import { splitZone } from './cron/parse';
import { cronInWords } from './cron/words';
import { NextRuns } from './next-runs';
import { ownZone } from './parts';

const previewRuns = 5;

/** The zones that browsers know, the reader's own first. */
function zones(): readonly string[] {
  const all = Intl.supportedValuesOf('timeZone');
  return [...new Set(['UTC', ownZone(), ...all])];
}

export function withZone(cron: string, zone: string): string {
  const { rest } = splitZone(cron);
  return zone === 'UTC' || zone === '' ? rest : `CRON_TZ=${zone} ${rest}`;
}

/** An expression to write or to choose, in words, with the runs that it would make. */
export function CronInput({ value, error, onChange, onBlur }: { value: string; error: string | undefined; onChange: (cron: string) => void; onBlur: () => void }): JSX.Element {
  const listId = useId();
  const { zone, rest } = splitZone(value);
  const asked = useDebounced(value.trim()).value;
  const preview = usePoll<CronPreview | null>(asked, {
    load: (signal) => (asked === '' ? Promise.resolve(null) : api.get<CronPreview>(`/admin/v1/schedules/preview?${new URLSearchParams({ cron: asked, count: String(previewRuns) }).toString()}`, { signal })),
    outlook: () => ({ final: true }),
  });
  const told = preview.value.value;
  const words = cronInWords(value, locale.value);
  const patterns: readonly [label: string, fields: string][] = [
    [t('schedules.patternMinute'), '* * * * *'],
    [t('schedules.patternFive'), '*/5 * * * *'],
    [t('schedules.patternHour'), '0 * * * *'],
    [t('schedules.patternMorning'), '0 9 * * *'],
    [t('schedules.patternWeekdays'), '0 9 * * 1-5'],
    [t('schedules.patternWeek'), '0 9 * * 1'],
    [t('schedules.patternMonth'), '0 9 1 * *'],
  ];
  const wrong = error ?? (told && !told.valid && asked === value.trim() ? (told.error ?? undefined) : undefined);
  return (
    <div class="stack stack-small">
      <TextInput label={t('schedules.cron')} mono name="cron" value={rest} error={wrong} onBlur={onBlur} onChange={(text) => onChange(/^(CRON_)?TZ=/.test(text.trim()) ? text : withZone(text, zone ?? 'UTC'))} />
      <div class="res-chips" role="group" aria-label={t('schedules.patterns')}>
        {patterns.map(([label, fields]) => (
          <Button key={fields} size="small" variant="ghost" onClick={() => onChange(withZone(fields, zone ?? 'UTC'))}>
            {label}
          </Button>
        ))}
      </div>
      <div class="field">
        <div class="field-head">
          <label class="field-label" for={`${listId}z`}>
            {t('schedules.zone')}
          </label>
        </div>
        <input
          id={`${listId}z`}
          class="input"
          list={listId}
          value={zone ?? 'UTC'}
          autocomplete="off"
          spellcheck={false}
          onChange={(event) => onChange(withZone(value, event.currentTarget.value.trim()))}
        />
        <datalist id={listId}>
          {zones().map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <div class="cron-preview" role="status">
        {words !== null && <p class="cron-words">{words}</p>}
        {told?.valid ? (
          <>
            <p class="text-soft text-small">{t('schedules.previewNext')}</p>
            <NextRuns preview={told} />
          </>
        ) : (
          preview.error.value !== undefined && <p class="text-danger">{describeError(preview.error.value)}</p>
        )}
      </div>
    </div>
  );
}
