import { Badge, Checkbox, formatDuration, formatNumber, RelativeTime, type IconName, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { MessageRow, MessageState } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import type { FilterName, Term } from './filter';
import { stateWord } from './search-box';
import { writeTerm } from './typed';
import { Why } from './why';

const looks: Readonly<Record<MessageState, { tone: Tone; icon: IconName }>> = {
  waiting: { tone: 'neutral', icon: 'clock' },
  retrying: { tone: 'warning', icon: 'retry' },
  active: { tone: 'info', icon: 'bolt' },
  delivered: { tone: 'success', icon: 'check' },
  failed: { tone: 'danger', icon: 'error' },
  canceled: { tone: 'neutral', icon: 'close' },
};

function StateBadge({ state }: { state: MessageState }): JSX.Element {
  const { tone, icon } = looks[state];
  return (
    <Badge tone={tone} icon={icon} tip={t.find(`messages.means${state.charAt(0).toUpperCase()}${state.slice(1)}`) ?? ''}>
      {stateWord(state)}
    </Badge>
  );
}

interface Chip {
  name: FilterName;
  kind: string;
  value: string;
}

function chipsOf(row: MessageRow): Chip[] {
  const chips: Chip[] = row.labels.map((value) => ({ name: 'label', kind: t('messages.chipLabel'), value }));
  const add = (name: FilterName, kind: string, value: string | null): void => {
    if (value !== null) chips.push({ name, kind, value });
  };
  add('queue', t('messages.chipQueue'), row.queue);
  add('flowControlKey', t('messages.chipKey'), row.flowControlKey);
  add('schedule', t('messages.chipSchedule'), row.schedule);
  add('urlGroup', t('messages.chipGroup'), row.urlGroup);
  return chips;
}

export interface MessageLineProps {
  row: MessageRow;
  selected: boolean;
  /** It was part of the filter, and is no more: shown until nobody reads. */
  faded: boolean;
  onSelect: (id: string, selected: boolean) => void;
  onFilter: (term: Term) => void;
}

/** One message. Its properties are compared one by one, so rows that stay as they are are not drawn again. */
export function MessageLine({ row, selected, faded, onSelect, onFilter }: MessageLineProps): JSX.Element {
  const href = router.href('message', { id: row.id });
  const chips = chipsOf(row);
  return (
    <div
      class={`msgs-row${selected ? ' msgs-row-selected' : ''}${faded ? ' msgs-row-faded' : ''}`}
      data-message={row.id}
      data-state={row.state}
      data-tip={faded ? t('messages.noMatch') : undefined}
      onClick={(event) => {
        // Where nothing else is pressed, the row is its link; not at the end of selecting a text.
        if (event.target instanceof Element && event.target.closest('a, button, label, input')) return;
        if (String(getSelection()) === '' && !event.ctrlKey && !event.metaKey) void router.go(href);
      }}
    >
      <span class="msgs-check">
        <Checkbox label={t('messages.select', { id: row.id })} hideLabel checked={selected} onChange={(chosen) => onSelect(row.id, chosen)} />
      </span>
      <span class="msgs-state">
        <StateBadge state={row.state} />
      </span>
      <span class="msgs-main">
        <span class="msgs-line">
          <span class="msgs-method mono text-soft">{row.method}</span>
          <a class="row-link mono clip" href={href} aria-label={`${stateWord(row.state)}, ${row.method} ${row.url}, ${row.id}`}>
            {row.url}
          </a>
        </span>
        <span class="msgs-line msgs-line-chips">
          {chips.map(({ name, kind, value }) => (
            <button
              key={`${name} ${value}`}
              type="button"
              class="msgs-tag clip"
              data-tip={t('messages.onlyThese', { filter: writeTerm({ name, value }) })}
              onClick={() => onFilter({ name, value })}
            >
              <span class="text-faint">{kind} </span>
              {value}
            </button>
          ))}
          {chips.length === 0 && <span class="msgs-id mono text-faint clip">{row.id}</span>}
        </span>
      </span>
      <Why row={row} />
      <span class="msgs-attempts numeric text-soft" data-tip={t('messages.attemptsTip', { made: row.attempts, max: row.retriesMax + 1 })}>
        {formatNumber(row.attempts)}/{formatNumber(row.retriesMax + 1)}
      </span>
      <span class="msgs-took numeric text-soft" data-tip={row.durationMs === null ? undefined : t('messages.tookTip')}>
        {row.durationMs === null ? '' : formatDuration(row.durationMs)}
      </span>
      <span class="msgs-created text-soft">
        <RelativeTime at={row.createdAt} />
      </span>
    </div>
  );
}
