import { Badge, CopyButton } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';
import { redactedHash } from './redaction';

/** In the place of a hidden value: that it is hidden, the beginning of its hash, and how to compare. */
export function RedactedMark({ hash }: { hash: string }): JSX.Element {
  return (
    <span class="redacted">
      <Badge icon="eyeOff" tip={t('message.redactedTip', { hash })}>
        {t('message.redacted')}
      </Badge>
      <code class="text-small" tabIndex={0} data-tip={t('message.redactedTip', { hash })}>
        {hash.slice(0, 12)}…
      </code>
      <CopyButton text={hash} label={t('message.redactedCopy')} />
    </span>
  );
}

/** A value as it is, or the mark in its place. */
export function MaybeRedacted({ text }: { text: string }): JSX.Element {
  const hash = redactedHash(text);
  return hash === null ? <>{text}</> : <RedactedMark hash={hash} />;
}
