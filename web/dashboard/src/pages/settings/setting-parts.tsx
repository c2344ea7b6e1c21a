import { Badge, locale, Rich, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Setting } from '../../api/contract';
import { t } from '../../i18n';
import { helpRussian } from './help-russian';

/** What a setting means, in the reader's language. */
export function helpOf(setting: Setting): string {
  return locale.value === 'ru' ? (helpRussian[setting.name] ?? setting.help) : setting.help;
}

export function Help({ setting }: { setting: Setting }): JSX.Element {
  const known = locale.value === 'en' || helpRussian[setting.name] !== undefined;
  return (
    <span lang={known ? undefined : 'en'}>
      <Rich text={helpOf(setting)} />
    </span>
  );
}

export function ValueText({ setting }: { setting: Setting }): JSX.Element {
  if (setting.secret) return <span class={setting.value === 'set' ? '' : 'text-faint'}>{setting.value === 'set' ? t('settings.secretSet') : t('settings.secretNotSet')}</span>;
  if (setting.value === '') return <span class="text-faint">{t('settings.valueEmpty')}</span>;
  return <span class="mono setting-value">{setting.value.replaceAll(',', ', ')}</span>;
}

const tones: Readonly<Record<string, Tone>> = { flag: 'info', environment: 'info', file: 'info', mode: 'neutral' };

/** Where a value comes from, with the name of the flag, the variable or the file. */
export function Origin({ setting }: { setting: Setting }): JSX.Element {
  if (setting.origin === 'default') return <span class="text-faint text-small">{t('settings.originDefault')}</span>;
  // What godwit dev itself prefers has no name that anybody could look up.
  const mode = setting.originName?.includes('godwit dev') === true;
  const texts: Readonly<Record<string, string>> = { flag: t('settings.originFlag'), environment: t('settings.originEnvironment'), file: t('settings.originFile') };
  return (
    <span class="setting-origin">
      <Badge tone={tones[mode ? 'mode' : setting.origin] ?? 'neutral'}>{mode ? t('settings.originMode') : (texts[setting.origin] ?? setting.origin)}</Badge>
      {!mode && setting.originName !== null && <span class="mono text-small text-soft wrap-anywhere">{setting.originName}</span>}
    </span>
  );
}
