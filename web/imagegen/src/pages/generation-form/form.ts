// What the form holds, what it asks the server for, and what it may be filled from.

import type { Generation, GenerationRequest, ImageModel } from '../../api/contract';
import { promptsOfText } from './import';
import { isRateLimit } from './schedule';

export type PromptSource = 'saved' | 'inline';
export type StartChoice = 'later' | 'now' | 'at';
export type SeedPolicy = 'none' | 'fixed' | 'increment';

export interface GenerationForm {
  name: string;
  source: PromptSource;
  promptId: string;
  inline: string; // a prompt a line
  rateLimit: number | null;
  model: string;
  aspectRatio: string; // '': the model's own
  size: string;
  quality: string;
  imagesPerVariant: number | null;
  seedPolicy: SeedPolicy;
  seed: number | null;
  negativePrompt: string;
  style: string;
  retries: number | null;
  start: StartChoice;
  startAt: string; // as an input of the kind datetime-local writes it
}

export interface FormDefaults {
  rateLimit: number;
  retries: number;
  model: string;
}

export function emptyForm(defaults: FormDefaults): GenerationForm {
  return {
    name: '',
    source: 'saved',
    promptId: '',
    inline: '',
    rateLimit: defaults.rateLimit,
    model: defaults.model,
    aspectRatio: '',
    size: '',
    quality: '',
    imagesPerVariant: 1,
    seedPolicy: 'none',
    seed: null,
    negativePrompt: '',
    style: '',
    retries: defaults.retries,
    start: 'later',
    startAt: '',
  };
}

export const limits = { name: 200, prompts: 1000, imagesPerVariant: 10, retries: 100, seed: 2_147_483_647 } as const;

/** The form with what `model` cannot do left out, and its choices among what the model offers. */
export function fitToModel(form: GenerationForm, model: ImageModel | undefined): GenerationForm {
  if (!model) return form;
  const among = (value: string, offered: readonly string[]): string => (offered.includes(value) ? value : '');
  return {
    ...form,
    aspectRatio: among(form.aspectRatio, model.aspectRatios),
    size: among(form.size, model.sizes),
    quality: among(form.quality, model.qualities),
    seedPolicy: model.seed ? form.seedPolicy : 'none',
    negativePrompt: model.negativePrompt ? form.negativePrompt : '',
  };
}

export type FormField = keyof GenerationForm;
/** What keeps the form from being sent: a text's key by field. */
export type FormFaults = Partial<Record<FormField, string>>;

/** Checks what the server would refuse. `now` is in milliseconds since 1970. */
export function faultsOf(form: GenerationForm, now: number): FormFaults {
  const faults: FormFaults = {};
  const within = (value: number | null, min: number, max: number): boolean =>
    value !== null && Number.isInteger(value) && value >= min && value <= max;
  if (form.name.trim() === '') faults.name = 'faultName';
  if (form.source === 'saved' && form.promptId === '') faults.promptId = 'faultPrompt';
  if (form.source === 'inline') {
    const count = promptsOfText(form.inline).length;
    if (count === 0) faults.inline = 'faultPrompts';
    else if (count > limits.prompts) faults.inline = 'faultTooManyPrompts';
  }
  if (!isRateLimit(form.rateLimit)) faults.rateLimit = 'faultRateLimit';
  if (form.model === '') faults.model = 'faultModel';
  if (!within(form.imagesPerVariant, 1, limits.imagesPerVariant)) faults.imagesPerVariant = 'faultImagesPerVariant';
  if (form.seedPolicy !== 'none' && !within(form.seed, 0, limits.seed)) faults.seed = 'faultSeed';
  if (!within(form.retries, 0, limits.retries)) faults.retries = 'faultRetries';
  if (form.start === 'at') {
    const at = Date.parse(form.startAt);
    if (!Number.isFinite(at)) faults.startAt = 'faultStartAt';
    else if (at < now) faults.startAt = 'faultStartPast';
  }
  return faults;
}

/** The faults that leave nothing to preview: a missing name or start does not. */
export function canPreview(faults: FormFaults): boolean {
  return Object.keys(faults).every((field) => field === 'name' || field === 'startAt');
}

/** The request of a form without faults. Options at the model's own are left out. */
export function requestOf(form: GenerationForm): GenerationRequest {
  const seeded = form.seedPolicy !== 'none' && form.seed !== null;
  return {
    name: form.name.trim(),
    ...(form.source === 'saved' ? { promptId: form.promptId } : { prompts: promptsOfText(form.inline) }),
    rateLimit: form.rateLimit ?? 1,
    model: form.model,
    ...(form.aspectRatio ? { aspectRatio: form.aspectRatio } : {}),
    ...(form.size ? { size: form.size } : {}),
    ...(form.quality ? { quality: form.quality } : {}),
    imagesPerVariant: form.imagesPerVariant ?? 1,
    seedPolicy: form.seedPolicy,
    ...(seeded && form.seed !== null ? { seed: form.seed } : {}),
    ...(form.negativePrompt.trim() ? { negativePrompt: form.negativePrompt.trim() } : {}),
    ...(form.style.trim() ? { style: form.style.trim() } : {}),
    retries: form.retries ?? 3,
    ...(form.start === 'at' ? { startAt: new Date(form.startAt).toISOString() } : {}),
  };
}

/** The request as far as it goes, for a preview without a name. */
export function previewRequestOf(form: GenerationForm): GenerationRequest {
  const request = requestOf({ ...form, start: form.start === 'at' && Number.isFinite(Date.parse(form.startAt)) ? 'at' : 'later' });
  return { ...request, name: request.name || '…' };
}

/** `form` with what `request` says put over it. */
export function fillForm(form: GenerationForm, request: Partial<GenerationRequest>): GenerationForm {
  const inline = request.prompts !== undefined && request.prompts.length > 0;
  const saved = request.promptId !== undefined && request.promptId !== '';
  return {
    ...form,
    name: request.name ?? form.name,
    source: inline ? 'inline' : saved ? 'saved' : form.source,
    promptId: saved ? (request.promptId ?? '') : form.promptId,
    inline: inline ? (request.prompts ?? []).map((prompt) => prompt.replace(/\s*\n\s*/g, ' ')).join('\n') : form.inline,
    rateLimit: request.rateLimit ?? form.rateLimit,
    model: request.model ?? form.model,
    aspectRatio: request.aspectRatio ?? form.aspectRatio,
    size: request.size ?? form.size,
    quality: request.quality ?? form.quality,
    imagesPerVariant: request.imagesPerVariant ?? form.imagesPerVariant,
    seedPolicy: request.seedPolicy ?? form.seedPolicy,
    seed: request.seed ?? form.seed,
    negativePrompt: request.negativePrompt ?? form.negativePrompt,
    style: request.style ?? form.style,
    retries: request.retries ?? form.retries,
  };
}

/** What a template keeps: everything but the moment of the start. */
export function templateOf(form: GenerationForm): Partial<GenerationRequest> {
  const { startAt: _, ...request } = requestOf({ ...form, start: 'later' });
  return request;
}

/** The settings of a generation, to be used again; its prompts as they were then. */
export function requestOfGeneration(generation: Generation): Partial<GenerationRequest> {
  const { options } = generation;
  return {
    ...(generation.promptId ? { promptId: generation.promptId } : { prompts: generation.prompts }),
    rateLimit: options.rateLimit,
    model: options.model,
    aspectRatio: options.aspectRatio,
    size: options.size,
    quality: options.quality,
    imagesPerVariant: options.imagesPerVariant,
    seedPolicy: options.seedPolicy,
    ...(options.seed === null ? {} : { seed: options.seed }),
    negativePrompt: options.negativePrompt,
    style: options.style,
    retries: options.retries,
  };
}

/** The settings that made one image: its own prompt, and its seed when it had one. The style is in
 *  the resolved prompt already. */
export function requestOfImage(generation: Generation, image: { prompt: string; seed: number | null }): Partial<GenerationRequest> {
  const { promptId: _, prompts: __, seed: ___, ...settings } = requestOfGeneration(generation);
  return {
    ...settings,
    prompts: [image.prompt],
    style: '',
    imagesPerVariant: 1,
    seedPolicy: image.seed === null ? 'none' : 'fixed',
    ...(image.seed === null ? {} : { seed: image.seed }),
  };
}

/** A moment as inputs of the kind datetime-local write it. */
export function localDateTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
