import type { JSX } from 'preact';

import type { HeaderLine } from '../../api/contract';
import { t } from '../../i18n';
import { MaybeRedacted } from '../../payload/redacted-mark';

/** Headers to read, in their order; hidden values as marks. */
export function HeadersTable({ lines, label }: { lines: readonly HeaderLine[]; label: string }): JSX.Element {
  if (lines.length === 0) return <p class="text-soft">{t('message.headersNone')}</p>;
  return (
    <dl class="headers" aria-label={label}>
      {lines.map(({ name, value }, index) => (
        <div key={index} class="headers-line">
          <dt class="mono">{name}</dt>
          <dd class="mono wrap-anywhere">
            <MaybeRedacted text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
