import { Callout, formatDuration, formatMoney, formatRelative, now, formatClock, Stat, Stats, type ProblemLike } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { Preview } from '../../api/contract';
import { describe, router } from '../../app';
import { t } from '../../i18n';
import type { PreviewState } from './preview';

function warningText(warning: ProblemLike, preview: Preview, rateLimit: number): string {
  if (warning.code === 'many_images') return t('generationForm.warnMany', { count: preview.tasks });
  if (warning.code === 'long_plan') {
    return t('generationForm.warnLong', { rate: rateLimit, duration: formatDuration(preview.durationSeconds * 1000) });
  }
  return describe(warning);
}

/** "{{a}}, {{b}}" */
export function namesText(names: readonly string[]): string {
  return names.map((name) => `{{${name}}}`).join(', ');
}

function Figures({ preview }: { preview: Preview }): JSX.Element {
  const ready = now.value + preview.durationSeconds * 1000;
  return (
    <>
      <p class="preview-total" data-testid="preview-total">
        {t('generationForm.previewImages', { count: preview.tasks })}
        {preview.variants !== preview.tasks && (
          <span class="text-soft"> · {t('generationForm.previewVariants', { count: preview.variants })}</span>
        )}
      </p>
      <Stats>
        <Stat label={t('generationForm.previewDuration')}>{formatDuration(preview.durationSeconds * 1000)}</Stat>
        <Stat label={t('generationForm.previewReady')}>
          <span title={formatRelative(ready, now.value)}>{formatClock(ready, now.value)}</span>
        </Stat>
        <Stat label={t('generationForm.previewCost')}>
          {preview.costUsd === 0 ? t('generationForm.previewFree') : t('generationForm.previewCostAbout', { money: formatMoney(preview.costUsd) })}
        </Stat>
      </Stats>
    </>
  );
}

function Sample({ preview }: { preview: Preview }): JSX.Element {
  const repeats = preview.variants === 0 ? 1 : preview.tasks / preview.variants;
  const more = preview.variants - preview.sample.length;
  return (
    <div>
      <h3 class="field-label">
        {t('generationForm.previewSample')}
        {repeats > 1 && <span class="text-faint"> × {repeats}</span>}
      </h3>
      <ol class="sample-list" data-testid="preview-sample">
        {preview.sample.map(({ prompt }, index) => (
          <li key={index}>{prompt}</li>
        ))}
      </ol>
      {more > 0 && <p class="text-faint text-small">{t('generationForm.previewMore', { count: more })}</p>}
    </div>
  );
}

interface PreviewPanelProps {
  state: PreviewState;
  rateLimit: number;
  /** Why there is no preview yet. */
  waiting: string;
  children?: ComponentChildren;
}

/** What the form would make: figures, warnings, the first prompts. That a model is gone is said at
 *  its field. */
export function PreviewPanel({ state, rateLimit, waiting, children }: PreviewPanelProps): JSX.Element {
  const { preview, problem, loading } = state;
  const unknown = preview?.unknownParameters ?? [];
  return (
    <aside class="preview" aria-label={t('generationForm.previewTitle')}>
      <h2 class="section-title">{t('generationForm.previewTitle')}</h2>
      <div class="preview-body" aria-busy={loading}>
        {problem ? (
          <Callout tone="danger">{describe(problem)}</Callout>
        ) : preview === null ? (
          <p class="text-soft">{waiting}</p>
        ) : unknown.length > 0 ? (
          <Callout
            tone="danger"
            title={t('generationForm.unknownParameters', { count: unknown.length, names: namesText(unknown) })}
            actions={<a href={router.href('parameters')}>{t('generationForm.toParameters')}</a>}
          >
            {t('generationForm.unknownRemedy')}
          </Callout>
        ) : (
          <>
            <Figures preview={preview} />
            {preview.warnings.filter(({ code }) => code !== 'model_gone').map((warning) => (
              <Callout key={warning.code} tone="warning" testId={`warning-${warning.code}`}>
                {warningText(warning, preview, rateLimit)}
              </Callout>
            ))}
            <Sample preview={preview} />
          </>
        )}
      </div>
      <div class="preview-foot">{children}</div>
    </aside>
  );
}
