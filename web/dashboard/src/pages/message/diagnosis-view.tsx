import { Callout, formatDuration, Rich } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import { t } from '../../i18n';
import { explain, type Failed } from './diagnosis';
import { parseDuration } from '../builder/duration';
import { Filled } from './places';

/** Times in the reader's language; a Retry-After of digits is seconds. */
function shownValue(name: string, value: string): string {
  if (name !== 'after' && name !== 'retryAfter') return value;
  const ms = parseDuration(/^\d+$/.test(value) ? `${value}s` : value);
  return ms === null ? value : formatDuration(ms);
}

/** What went wrong, and what to do about it. */
export function DiagnosisView(failed: Failed): JSX.Element {
  const { what, remedy, places } = explain(failed);
  const shown = Object.fromEntries(Object.entries(places).map(([name, value]): [string, ComponentChildren] => [name, <span class="wrap-anywhere">{shownValue(name, value)}</span>]));
  const text = t.find(`message.${remedy}`) ?? '';
  return (
    <Callout tone="warning" title={<Filled text={t.find(`message.${what}`) ?? ''} places={shown} />} testId="diagnosis">
      {/* Marks are of our own texts; those with places hold what others wrote. */}
      {text.includes('{') ? <Filled text={text} places={shown} /> : <Rich text={text} />}
    </Callout>
  );
}
