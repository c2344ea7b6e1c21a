import { Dot, Switch } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';
import type { NoFollow } from './follow';
import type { Connection } from './use-list';

const reasons: Readonly<Record<NoFollow, () => string>> = {
  order: () => t('messages.liveNotOrder'),
  text: () => t('messages.liveNotText'),
  until: () => t('messages.liveNotUntil'),
};

export interface LiveSwitchProps {
  wanted: boolean;
  why: NoFollow | null;
  connection: Connection;
  reading: boolean;
  onChange: (live: boolean) => void;
}

/** Whether the list follows what happens; and if it does not, why. */
export function LiveSwitch({ wanted, why, connection, reading, onChange }: LiveSwitchProps): JSX.Element {
  const on = wanted && why === null;
  const words =
    why !== null
      ? reasons[why]()
      : !wanted
        ? t('messages.liveOff')
        : connection === 'lost'
          ? t('messages.liveLost')
          : connection !== 'on'
            ? t('messages.liveConnecting')
            : reading
              ? t('messages.liveHolding')
              : t('messages.liveOn');
  const tone = !on ? 'neutral' : connection === 'lost' ? 'warning' : connection === 'on' && !reading ? 'success' : 'info';
  const usual = on && connection === 'on';
  return (
    <div class="msgs-live" data-testid="messages-live" data-connection={connection}>
      <Switch label={t('messages.live')} checked={on} disabled={why !== null} onChange={onChange} name="live" />
      <span class={`msgs-live-words text-small text-soft${usual ? ' msgs-live-usual' : ''}`}>
        <Dot tone={tone} pulse={tone === 'success'} />
        {words}
      </span>
    </div>
  );
}
