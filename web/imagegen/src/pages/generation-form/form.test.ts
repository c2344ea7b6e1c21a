import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Generation, ImageModel } from '../../api/contract';
import { en } from '../../i18n';
import { canPreview, emptyForm, faultsOf, fillForm, fitToModel, localDateTime, requestOf, requestOfGeneration, requestOfImage, templateOf, type GenerationForm } from './form';

const blank = emptyForm({ rateLimit: 60, retries: 3, model: 'm' });
const good: GenerationForm = { ...blank, name: ' Cats ', source: 'inline', inline: 'a cat\n\na {{size}} cat' };
const now = Date.parse('2026-11-24T10:00:00Z');

const plain: ImageModel = {
  id: 'm', title: 'M', provider: 'gemini', aspectRatios: ['1:1', '16:9'], sizes: ['1K'], qualities: [],
  seed: false, negativePrompt: false, pricesUsd: {}, available: true, gone: null,
};

test('an empty form says what is missing', () => {
  assert.deepEqual(faultsOf(blank, now), { name: 'faultName', promptId: 'faultPrompt' });
  assert.deepEqual(faultsOf(good, now), {});
});

test('numbers outside their limits are faults', () => {
  const faults = faultsOf({ ...good, rateLimit: 3601, imagesPerVariant: 11, retries: -1, seedPolicy: 'fixed', seed: null }, now);
  assert.deepEqual(Object.keys(faults).sort(), ['imagesPerVariant', 'rateLimit', 'retries', 'seed']);
});

test('every fault has a text', () => {
  const worst: GenerationForm[] = [
    { ...blank, model: '', rateLimit: 0, imagesPerVariant: 0, retries: -1, seedPolicy: 'fixed', seed: null, start: 'at', startAt: '' },
    { ...good, inline: '', start: 'at', startAt: '2020-01-01T10:00' },
    { ...good, inline: Array.from({ length: 1001 }, (_, index) => `p${index}`).join('\n') },
  ];
  const keys = new Set(worst.flatMap((form) => Object.values(faultsOf(form, now))));
  assert.equal(keys.size, 11);
  for (const key of keys) assert.ok(Object.hasOwn(en.generationForm, key), key);
});

test('a start in the past is a fault, and only a chosen one', () => {
  assert.equal(faultsOf({ ...good, start: 'at', startAt: '2020-01-01T10:00' }, now).startAt, 'faultStartPast');
  assert.equal(faultsOf({ ...good, start: 'at', startAt: '' }, now).startAt, 'faultStartAt');
  assert.equal(faultsOf({ ...good, start: 'now', startAt: '2020-01-01T10:00' }, now).startAt, undefined);
});

test('a preview does without a name, not without prompts', () => {
  assert.equal(canPreview(faultsOf({ ...good, name: '' }, now)), true);
  assert.equal(canPreview(faultsOf(blank, now)), false);
});

test('a request has trimmed texts, one source of prompts and no empty options', () => {
  assert.deepEqual(requestOf(good), {
    name: 'Cats', prompts: ['a cat', 'a {{size}} cat'], rateLimit: 60, model: 'm', imagesPerVariant: 1, seedPolicy: 'none', retries: 3,
  });
  assert.equal(requestOf({ ...good, source: 'saved', promptId: 'prm_1' }).prompts, undefined);
});

test('a seed is sent only with a policy that uses it', () => {
  assert.equal(requestOf({ ...good, seed: 7 }).seed, undefined);
  assert.equal(requestOf({ ...good, seed: 7, seedPolicy: 'increment' }).seed, 7);
});

test('what the model cannot do is left out', () => {
  const fitted = fitToModel({ ...good, aspectRatio: '3:2', size: '1K', quality: 'best', seedPolicy: 'fixed', negativePrompt: 'rain' }, plain);
  assert.deepEqual(
    [fitted.aspectRatio, fitted.size, fitted.quality, fitted.seedPolicy, fitted.negativePrompt],
    ['', '1K', '', 'none', ''],
  );
});

test('a template fills the form that made it', () => {
  const form: GenerationForm = { ...good, name: 'Cats', aspectRatio: '16:9', style: 'ink', seedPolicy: 'fixed', seed: 5 };
  const filled = fillForm(blank, templateOf(form));
  assert.deepEqual({ ...filled, inline: '' }, { ...form, inline: '' });
  assert.equal(filled.inline, 'a cat\na {{size}} cat');
});

const generation: Generation = {
  id: 'gen_1', name: 'Cats', state: 'finished', mode: 'broker', promptId: 'prm_1', prompts: ['a {{size}} cat'],
  parameters: { size: ['big', 'small'] },
  options: {
    rateLimit: 90, model: 'm', aspectRatio: '16:9', size: '', quality: '', imagesPerVariant: 4, seedPolicy: 'increment', seed: 10,
    negativePrompt: '', style: 'ink', retries: 2,
  },
  summary: { pending: 0, processing: 0, done: 2, failed: 0, canceled: 0, total: 2 },
  sending: null, eta: null, costUsd: { estimated: 0, actual: 0 }, meanDurationMs: null, problem: null, consoleUrl: null,
  label: 'imagegen:gen_1', startAt: null, createdAt: '', startedAt: null, finishedAt: null,
};

test('the settings of a generation can be used again, under another name', () => {
  const form = fillForm(blank, requestOfGeneration(generation));
  assert.deepEqual([form.name, form.source, form.promptId, form.rateLimit, form.seed, form.style], ['', 'saved', 'prm_1', 90, 10, 'ink']);
});

test('the settings of an image repeat that image alone', () => {
  const form = fillForm(blank, requestOfImage(generation, { prompt: 'a big cat, ink', seed: 11 }));
  assert.deepEqual(
    [form.source, form.inline, form.style, form.seedPolicy, form.seed, form.imagesPerVariant],
    ['inline', 'a big cat, ink', '', 'fixed', 11, 1],
  );
  assert.equal(fillForm(blank, requestOfImage(generation, { prompt: 'x', seed: null })).seedPolicy, 'none');
});

test('a moment is written as the input for moments wants it', () => {
  assert.equal(localDateTime(new Date(2026, 0, 5, 7, 3)), '2026-01-05T07:03');
});
