import { Section } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Setting } from '../../api/contract';
import { t } from '../../i18n';
import { limitGroups, limitsOf, type LimitGroup } from './configuration';
import { Help, Origin, ValueText } from './setting-parts';

const texts = {
  retention: ['settings.limitsRetention', 'settings.limitsRetentionLead'],
  messages: ['settings.limitsMessages', 'settings.limitsMessagesLead'],
  pace: ['settings.limitsPace', 'settings.limitsPaceLead'],
  amounts: ['settings.limitsAmounts', 'settings.limitsAmountsLead'],
  safety: ['settings.limitsSafety', 'settings.limitsSafetyLead'],
} as const satisfies Record<LimitGroup, readonly [string, string]>;

/** The settings that people ask for first, by what they want to know. */
export function Limits({ settings }: { settings: readonly Setting[] }): JSX.Element {
  return (
    <>
      <p class="page-lead settings-lead">{t('settings.limitsLead')}</p>
      <div class="form">
        {(Object.keys(limitGroups) as LimitGroup[]).map((group) => (
          <Section key={group} id={`limits-${group}`} title={t(texts[group][0])} lead={t(texts[group][1])}>
            <dl class="limits">
              {limitsOf(settings, group).map((setting) => (
                <div key={setting.name} class="limit">
                  <dt class="limit-what">
                    <Help setting={setting} />
                    <span class="mono text-small text-faint">{setting.name}</span>
                  </dt>
                  <dd class="limit-value">
                    <ValueText setting={setting} />
                    {setting.origin !== 'default' && <Origin setting={setting} />}
                  </dd>
                </div>
              ))}
            </dl>
          </Section>
        ))}
      </div>
    </>
  );
}
