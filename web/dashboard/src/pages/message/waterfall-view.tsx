import type { JSX } from 'preact';

import type { Attempt } from '../../api/contract';
import { t } from '../../i18n';
import { formatMs } from './time';
import { bars, type Step } from './waterfall';

const names = {
  waited: 'message.stepWaited',
  resolve: 'message.stepResolve',
  connect: 'message.stepConnect',
  tls: 'message.stepTls',
  send: 'message.stepSend',
  firstByte: 'message.stepFirstByte',
  body: 'message.stepBody',
  rest: 'message.stepRest',
} as const satisfies Record<Step, string>;

/** The steps of an attempt below each other, each where it began and as long as it took. */
export function Waterfall({ timing, number }: { timing: NonNullable<Attempt['timing']>; number: number }): JSX.Element {
  return (
    <div class="waterfall">
      <table class="waterfall-steps" aria-label={t('message.waterfall', { number })}>
        <tbody>
          {bars(timing).map(({ step, ms, start, width, cut }) => (
            <tr key={step}>
              <th scope="row">{t(names[step])}</th>
              <td class="waterfall-lane">
                {/* Places and lengths are known only now: they are set through the object model. */}
                <span class={`waterfall-bar waterfall-${step}${cut ? ' waterfall-cut' : ''}`} style={{ left: `${start * 100}%`, width: `${width * 100}%` }} />
              </td>
              <td class="waterfall-ms numeric">{formatMs(ms)}</td>
            </tr>
          ))}
          <tr class="waterfall-total">
            <th scope="row">{t('message.stepTotal')}</th>
            <td class="waterfall-where">
              {timing.address !== null && <span class="mono">{timing.address}</span>}
              {timing.reusedConnection && <span data-tip={t('message.reusedTip')}>{t('message.reused')}</span>}
            </td>
            <td class="waterfall-ms numeric">{formatMs(timing.totalMs)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
