// What a check found, as the reader writes it. The server tells names and addresses as they are, and
// a few sentences and amounts in English, which are said here in the reader's language.

import { formatBytes } from '@godwit/kit';

import { t } from '../../i18n';

type Saying = readonly [RegExp, (match: RegExpExecArray) => string];

const sayings: readonly Saying[] = [
  [/^(\d+)(\+?) models?$/, ([, count = '', more = '']) => `${t('diagnostics.foundModels', { count: Number(count) })}${more}`],
  [/^(\d+) MiB free$/, ([, mebibytes]) => t('diagnostics.foundFree', { size: formatBytes(Number(mebibytes) * 2 ** 20) })],
  [/^(-?\d+) s$/, ([, seconds]) => t('diagnostics.foundClock', { seconds: Math.abs(Number(seconds)) })],
  [/^fetched from the broker$/, () => t('diagnostics.foundFetched')],
  [/^from the environment$/, () => t('diagnostics.foundEnvironment')],
  [/^switched off$/, () => t('diagnostics.foundOff')],
];

export function foundText(detail: string): string {
  for (const [pattern, say] of sayings) {
    const match = pattern.exec(detail);
    if (match) return say(match);
  }
  return detail;
}
