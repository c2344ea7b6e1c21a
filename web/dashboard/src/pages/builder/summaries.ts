import { formatBytes, formatExact } from '@godwit/kit';

import { t } from '../../i18n';
import { listOf, secondsOf, writtenLines, type BuilderValues } from './values';

function joined(parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ') || t('builder.setNothing');
}

/** What is set in each part of the form, for when it is closed. */
export const summaries = {
  body: (values: BuilderValues): string => joined(values.body === '' ? [] : [values.contentType.trim(), formatBytes(new TextEncoder().encode(values.body).length)]),
  headers: (values: BuilderValues): string => joined([...writtenLines(values.headers).map(({ name }) => name), values.headerForward && t('builder.headerForward')]),
  when(values: BuilderValues): string {
    if (values.delayKind === 'delay') return joined([values.delay.trim()]);
    const seconds = secondsOf(values.notBefore);
    if (values.delayKind === 'notBefore' && values.action !== 'schedule' && seconds !== null) return formatExact(seconds * 1000);
    return t('builder.delayNone');
  },
  retries: (values: BuilderValues): string => joined([values.retries === null ? null : String(values.retries), values.retryDelay.trim(), values.timeout.trim()]),
  callbacks: (values: BuilderValues): string => joined([values.callback.trim(), values.failureCallback.trim()]),
  deduplication: (values: BuilderValues): string => joined([values.deduplicationId.trim(), values.contentBased && t('builder.contentBased')]),
  flow: (values: BuilderValues): string => joined([values.flowKey.trim()]),
  labels: (values: BuilderValues): string => joined([...listOf(values.labels), values.redactBody && t('builder.redactBody'), values.redactAll ? t('builder.redactAll') : values.redactHeaders.trim()]),
};
