import type { JSX } from 'preact';

import type { Change } from '../../api/contract';
import { t } from '../../i18n';
import { lineDiff } from './edit';

function titleOf(change: Change): string {
  switch (change.what) {
    case 'url':
      return t('dlq.diffUrl');
    case 'method':
      return t('dlq.diffMethod');
    case 'header':
      return t('dlq.diffHeader', { name: change.name ?? '' });
    case 'body':
      return t('dlq.diffBody');
  }
}

function Value({ sign, text }: { sign: 'removed' | 'added'; text: string | null }): JSX.Element {
  return (
    <div class={`diff-line diff-${sign}`}>
      <span class="visually-hidden">{sign === 'removed' ? t('dlq.diffBefore') : t('dlq.diffAfter')}: </span>
      {text === null ? <em class="text-faint">{t('dlq.diffAbsent')}</em> : text}
    </div>
  );
}

/** What differs between a message and what will be sent in its place. */
export function DiffView({ changes }: { changes: readonly Change[] }): JSX.Element {
  if (changes.length === 0) return <p class="text-soft">{t('dlq.diffNone')}</p>;
  return (
    <div class="stack stack-small" data-testid="diff">
      {changes.map((change) => (
        <figure key={`${change.what} ${change.name ?? ''}`} class="diff">
          <figcaption class="diff-title">{titleOf(change)}</figcaption>
          <div class="diff-lines mono text-small" tabIndex={0} role="group" aria-label={titleOf(change)}>
            {change.what === 'body' ? (
              lineDiff(change.before ?? '', change.after ?? '').map((line, index) => (
                <div key={index} class={`diff-line diff-${line.kind}`}>
                  {line.kind === 'removed' && <span class="visually-hidden">{t('dlq.diffRemoved')}: </span>}
                  {line.kind === 'added' && <span class="visually-hidden">{t('dlq.diffAdded')}: </span>}
                  {line.kind === 'skipped' ? t('dlq.diffSkipped', { count: line.count }) : line.text}
                </div>
              ))
            ) : (
              <>
                <Value sign="removed" text={change.before} />
                <Value sign="added" text={change.after} />
              </>
            )}
          </div>
        </figure>
      ))}
    </div>
  );
}
