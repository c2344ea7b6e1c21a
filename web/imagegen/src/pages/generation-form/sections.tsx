// The parts of the form. Each reads the fields it shows.

import {
  Button,
  formatDuration,
  formatMoney,
  formatNumber,
  now,
  NumberInput,
  Rich,
  Section,
  Segmented,
  Select,
  TextArea,
  TextInput,
  Callout,
  type FormState,
} from '@godwit/kit';
import type { JSX } from 'preact';

import type { ImageModel, Prompt } from '../../api/contract';
import { t } from '../../i18n';
import { whenText } from '../generation/phrases';
import { fitToModel, type GenerationForm, type PromptSource, type SeedPolicy, type StartChoice } from './form';
import { promptsOfText } from './import';
import { ImportButton } from './import-dialog';
import { namesText } from './preview-panel';
import { RatioPicker } from './ratio-picker';
import { intervalSeconds, isRateLimit, lastDueAt } from './schedule';

type Form = FormState<GenerationForm>;

/** A label over a choice that brings none of its own. */
function Choice({ label, hint, children }: { label: string; hint?: string | undefined; children: JSX.Element }): JSX.Element {
  return (
    <div class="choice-field">
      <span class="field-label" aria-hidden="true">
        {label}
      </span>
      {children}
      {hint && <p class="field-hint">{hint}</p>}
    </div>
  );
}

function promptLabel(prompt: Prompt): string {
  if (prompt.unknownParameters.length > 0) return t('generationForm.promptBroken', { name: prompt.name });
  return t('generationForm.promptOption', { name: prompt.name, count: prompt.variants });
}

interface PromptSectionProps {
  form: Form;
  prompts: readonly Prompt[];
  unknown: readonly string[];
  onSample: () => void;
}

export function PromptSection({ form, prompts, unknown, onSample }: PromptSectionProps): JSX.Element {
  const values = form.values.value;
  const written = promptsOfText(values.inline);
  const unknownError = unknown.length > 0 ? t('generationForm.unknownParameters', { count: unknown.length, names: namesText(unknown) }) : undefined;
  const prompt = form.field('promptId');
  const inline = form.field('inline');
  const chosen = prompts.find(({ id }) => id === values.promptId);
  return (
    <Section title={t('generationForm.sectionMain')}>
      <TextInput label={t('generationForm.name')} placeholder={t('generationForm.namePlaceholder')} maxLength={200} {...form.field('name')} />
      <div class="choice-field">
        <div class="choice-head">
          <Segmented<PromptSource>
            label={t('generationForm.source')}
            value={values.source}
            options={[
              { value: 'saved', label: t('generationForm.sourceSaved') },
              { value: 'inline', label: t('generationForm.sourceInline') },
            ]}
            onChange={(source) => form.set('source', source)}
          />
          {values.source === 'inline' && (
            <span class="row">
              {written.length === 0 && (
                <Button size="small" variant="ghost" icon="sparkle" onClick={onSample} testId="fill-sample">
                  {t('generationForm.sample')}
                </Button>
              )}
              <ImportButton
                hasPrompts={written.length > 0}
                onImport={(imported, how) =>
                  form.set('inline', (how === 'append' ? [...written, ...imported] : imported).join('\n'))
                }
              />
            </span>
          )}
        </div>
      </div>
      {values.source === 'saved' ? (
        prompts.length === 0 ? (
          <p class="text-soft">
            <Rich text={t('generationForm.noPrompts')} />
          </p>
        ) : (
          <Select
            label={t('generationForm.prompt')}
            {...prompt}
            error={prompt.error ?? unknownError}
            options={[
              { value: '', label: t('generationForm.promptChoose') },
              ...prompts.map((each) => ({ value: each.id, label: promptLabel(each) })),
            ]}
            below={chosen && <p class="prompt-text">{chosen.content}</p>}
          />
        )
      ) : (
        <TextArea
          label={t('generationForm.inline')}
          placeholder={t('generationForm.inlinePlaceholder')}
          rows={Math.min(14, Math.max(5, values.inline.split('\n').length))}
          {...inline}
          error={inline.error ?? unknownError}
          hint={t('generationForm.inlineHint', { count: written.length })}
        />
      )}
    </Section>
  );
}

/** "Interval: 60 s · last task at 14:59 · 60 images in all" */
function paceText(rateLimit: number, tasks: number | null, startAt: number): string {
  const seconds = intervalSeconds(rateLimit);
  const parts = [
    seconds <= 120
      ? t('generationForm.intervalSeconds', { seconds: formatNumber(seconds, { maximumFractionDigits: 1 }) })
      : t('generationForm.intervalLong', { duration: formatDuration(seconds * 1000) }),
  ];
  if (tasks !== null && tasks > 0) {
    const last = lastDueAt(tasks, rateLimit, startAt);
    if (last !== null) parts.push(t('generationForm.lastTask', { time: whenText(last, now.value) }));
    parts.push(t('generationForm.totalImages', { count: tasks }));
  }
  return parts.join(' · ');
}

export function PaceSection({ form, tasks }: { form: Form; tasks: number | null }): JSX.Element {
  const values = form.values.value;
  const chosen = Date.parse(values.startAt);
  const startAt = values.start === 'at' && Number.isFinite(chosen) ? chosen : now.value;
  return (
    <Section title={t('generationForm.sectionPace')} lead={t('generationForm.paceLead')}>
      <NumberInput
        label={t('generationForm.rateLimit')}
        min={1}
        max={3600}
        unit={t('generationForm.rateUnit')}
        {...form.field('rateLimit')}
        hint={isRateLimit(values.rateLimit) ? <span data-testid="pace">{paceText(values.rateLimit, tasks, startAt)}</span> : undefined}
      />
      <Choice
        label={t('generationForm.start')}
        hint={
          values.start === 'later' ? t('generationForm.startLaterHint') : values.start === 'now' ? t('generationForm.startNowHint') : undefined
        }
      >
        <Segmented<StartChoice>
          label={t('generationForm.start')}
          value={values.start}
          options={[
            { value: 'later', label: t('generationForm.startLater') },
            { value: 'now', label: t('generationForm.startNow') },
            { value: 'at', label: t('generationForm.startAt') },
          ]}
          onChange={(start) => form.set('start', start)}
        />
      </Choice>
      {values.start === 'at' && <TextInput type="datetime-local" label={t('generationForm.startMoment')} {...form.field('startAt')} />}
      <NumberInput
        label={t('generationForm.retries')}
        min={0}
        max={100}
        {...form.field('retries')}
        hint={values.retries !== null && values.retries >= 0 ? t('generationForm.retriesHint', { count: values.retries + 1 }) : undefined}
      />
    </Section>
  );
}

function modelLabel(model: ImageModel): string {
  if (model.gone) return t('generationForm.modelGone', { title: model.title });
  return model.available ? model.title : t('generationForm.modelUnavailable', { title: model.title });
}

function qualityLabel(quality: string): string {
  if (quality === 'fast') return t('generationForm.qualityFast');
  if (quality === 'standard') return t('generationForm.qualityStandard');
  return quality === 'best' ? t('generationForm.qualityBest') : quality;
}

function sizeLabel(model: ImageModel, size: string): string {
  const price = model.pricesUsd[size];
  // What costs nothing has no price to compare.
  return price === undefined || price === 0 ? size : `${size} · ${formatMoney(price)}`;
}

export function ImageSection({ form, models }: { form: Form; models: readonly ImageModel[] }): JSX.Element {
  const values = form.values.value;
  const model = models.find(({ id }) => id === values.model);
  const choose = (id: string): void => {
    form.values.value = fitToModel(
      { ...form.values.peek(), model: id },
      models.find((other) => other.id === id),
    );
  };
  const auto = { value: '', label: t('generationForm.auto') };
  return (
    <Section title={t('generationForm.sectionImage')}>
      <Select
        label={t('generationForm.model')}
        {...form.field('model')}
        onChange={choose}
        options={models.map((each) => ({ value: each.id, label: modelLabel(each) }))}
        hint={model?.provider === 'demo' ? t('generationForm.modelDemoHint') : undefined}
        below={
          model?.gone ? (
            <Callout
              tone="warning"
              testId="model-gone"
              actions={
                <Button size="small" onClick={() => choose(model.gone?.replacement ?? values.model)}>
                  {t('generationForm.goneAction', { model: model.gone.replacement })}
                </Button>
              }
            >
              {t('generationForm.goneTitle', { model: model.title, since: model.gone.since })}
            </Callout>
          ) : (
            model &&
            !model.available && (
              <p class="field-hint">
                <Rich text={t('generationForm.modelNoKey')} />
              </p>
            )
          )
        }
      />
      {model && model.aspectRatios.length > 0 && (
        <RatioPicker value={values.aspectRatio} ratios={model.aspectRatios} onChange={(ratio) => form.set('aspectRatio', ratio)} />
      )}
      {model && model.sizes.length > 1 && (
        <Choice label={t('generationForm.size')}>
          <Segmented
            label={t('generationForm.size')}
            value={values.size}
            options={[auto, ...model.sizes.map((size) => ({ value: size, label: sizeLabel(model, size) }))]}
            onChange={(size) => form.set('size', size)}
          />
        </Choice>
      )}
      {model && model.qualities.length > 1 && (
        <Choice label={t('generationForm.quality')}>
          <Segmented
            label={t('generationForm.quality')}
            value={values.quality}
            options={[auto, ...model.qualities.map((quality) => ({ value: quality, label: qualityLabel(quality) }))]}
            onChange={(quality) => form.set('quality', quality)}
          />
        </Choice>
      )}
      <NumberInput label={t('generationForm.imagesPerVariant')} min={1} max={10} {...form.field('imagesPerVariant')} />
      <TextInput
        label={t('generationForm.style')}
        optional
        placeholder={t('generationForm.stylePlaceholder')}
        hint={t('generationForm.styleHint')}
        {...form.field('style')}
      />
      {model?.negativePrompt && (
        <TextInput
          label={t('generationForm.negativePrompt')}
          optional
          placeholder={t('generationForm.negativePlaceholder')}
          hint={t('generationForm.negativeHint')}
          {...form.field('negativePrompt')}
        />
      )}
      {model?.seed && (
        <>
          <Choice
            label={t('generationForm.seedPolicy')}
            hint={
              values.seedPolicy === 'fixed'
                ? t('generationForm.seedFixedHint')
                : values.seedPolicy === 'increment'
                  ? t('generationForm.seedIncrementHint')
                  : undefined
            }
          >
            <Segmented<SeedPolicy>
              label={t('generationForm.seedPolicy')}
              value={values.seedPolicy}
              options={[
                { value: 'none', label: t('generationForm.seedNone') },
                { value: 'fixed', label: t('generationForm.seedFixed') },
                { value: 'increment', label: t('generationForm.seedIncrement') },
              ]}
              onChange={(seedPolicy) => {
                form.set('seedPolicy', seedPolicy);
                if (seedPolicy !== 'none' && form.values.peek().seed === null) form.set('seed', 1);
              }}
            />
          </Choice>
          {values.seedPolicy !== 'none' && <NumberInput label={t('generationForm.seed')} min={0} max={2_147_483_647} {...form.field('seed')} />}
        </>
      )}
    </Section>
  );
}
