import { Button, Icon } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Attention } from '../../api/contract';
import { t } from '../../i18n';
import { attentionLine, type AttentionLine } from './attention';

const shownFirst = 4;

function Line({ line }: { line: AttentionLine }): JSX.Element {
  const inside = (
    <>
      <Icon name={line.severity === 'error' ? 'error' : 'warning'} />
      <span class="attention-severity">{t(`overview.severity_${line.severity}`)}</span>
      <span class="attention-text">{line.text}</span>
      {line.href !== null && <Icon name="chevronRight" size={14} />}
    </>
  );
  return (
    <li class={`attention-item attention-${line.severity}`}>
      {line.href === null ? (
        <span class="attention-line">{inside}</span>
      ) : (
        <a class="attention-line" href={line.href}>
          {inside}
        </a>
      )}
    </li>
  );
}

/** What needs a person, in sentences, the most serious first; else that nothing does. */
export function AttentionList({ items }: { items: readonly Attention[] }): JSX.Element {
  const [all, setAll] = useState(false);
  const more = items.length - shownFirst;
  const shown = all || more < 2 ? items : items.slice(0, shownFirst);
  return (
    <section class="attention" aria-label={t('overview.attention')}>
      {items.length === 0 ? (
        <p class="attention-none">
          <Icon name="check" />
          {t('overview.attentionNone')}
        </p>
      ) : (
        <ul>
          {shown.map(attentionLine).map((line) => (
            <Line key={line.key} line={line} />
          ))}
        </ul>
      )}
      {more >= 2 && (
        <div class="attention-more">
          <Button size="small" variant="ghost" onClick={() => setAll(!all)}>
            {all ? t('overview.attentionFewer') : t('overview.attentionMore', { count: more })}
          </Button>
        </div>
      )}
    </section>
  );
}
