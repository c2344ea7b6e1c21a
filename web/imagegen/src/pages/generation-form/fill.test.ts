import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadForm, type FormSource } from './fill';

const generation = {
  id: 'gen_1', name: 'Cats', promptId: 'prm_gone', prompts: ['a {{size}} cat'],
  options: {
    rateLimit: 90, model: 'm', aspectRatio: '16:9', size: '', quality: '', imagesPerVariant: 2, seedPolicy: 'none', seed: null,
    negativePrompt: '', style: 'ink', retries: 2,
  },
};
const model = {
  id: 'm', title: 'M', provider: 'demo', aspectRatios: ['16:9'], sizes: [], qualities: [], seed: true, negativePrompt: true, pricesUsd: {},
  available: true, gone: null,
};

function source(change: Record<string, unknown> = {}): FormSource & { asked: string[] } {
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    '/api/status': { imageProvider: 'demo', defaultModel: 'm' },
    '/api/settings': { broker: { defaultRateLimit: 60, retries: 3 } },
    '/api/prompts': { prompts: [{ id: 'prm_1', name: 'Dogs' }] },
    '/api/models': { models: [model] },
    '/api/generations/gen_1': generation,
    ...change,
  };
  return {
    asked,
    get: async <T,>(path: string): Promise<T> => {
      asked.push(path);
      if (!(path in answers)) throw new Error(`not asked for in this test: ${path}`);
      return answers[path] as T;
    },
  };
}

const query = (text: string): URLSearchParams => new URLSearchParams(text);

test('a plain form begins with the defaults, and with writing when there are no prompts', async () => {
  const { form, note } = await loadForm(source(), query(''));
  assert.deepEqual([form.source, form.rateLimit, form.retries, form.model, note], ['saved', 60, 3, 'm', null]);
  assert.equal((await loadForm(source({ '/api/prompts': { prompts: [] } }), query(''))).form.source, 'inline');
});

test('the example is twelve images that are there at once when they cost nothing', async () => {
  const { form } = await loadForm(source(), query('sample=1'));
  assert.equal(form.inline.split('\n').length, 12);
  assert.equal(form.rateLimit, 3600);
  const paid = source({ '/api/status': { imageProvider: 'gemini', defaultModel: 'm' } });
  assert.equal((await loadForm(paid, query('sample=1'))).form.rateLimit, 60);
});

test('a generation whose prompt was deleted brings its own copies', async () => {
  const { form } = await loadForm(source(), query('generation=gen_1'));
  assert.deepEqual([form.source, form.inline, form.style, form.aspectRatio], ['inline', 'a {{size}} cat', 'ink', '16:9']);
});

test('an image brings its own prompt, wherever it stands among the tasks', async () => {
  const far = source({
    '/api/task-results?generationId=gen_1&taskIds=tsk_9': { results: { tsk_9: { taskId: 'tsk_9', index: 5000 } } },
    '/api/generations/gen_1/tasks?offset=3001&limit=2000': { tasks: [{ taskId: 'tsk_9', prompt: 'a big cat, ink', seed: 4 }] },
  });
  const { form } = await loadForm(far, query('generation=gen_1&task=tsk_9'));
  assert.deepEqual([form.inline, form.style, form.seedPolicy, form.seed], ['a big cat, ink', '', 'fixed', 4]);
});

test('an image whose task is gone leaves the settings of its generation', async () => {
  const gone = source({ '/api/task-results?generationId=gen_1&taskIds=tsk_9': { results: {} } });
  assert.equal((await loadForm(gone, query('generation=gen_1&task=tsk_9'))).form.inline, 'a {{size}} cat');
});

test('a model that is no longer offered gives way to the default', async () => {
  const old = source({ '/api/generations/gen_1': { ...generation, options: { ...generation.options, model: 'gone' } } });
  assert.equal((await loadForm(old, query('generation=gen_1'))).form.model, 'm');
});

test('a prompt of the address is chosen, and names the generation', async () => {
  const { form } = await loadForm(source(), query('prompt=prm_1'));
  assert.deepEqual([form.source, form.promptId, form.name], ['saved', 'prm_1', 'Dogs']);
  assert.equal((await loadForm(source(), query('prompt=prm_x'))).form.promptId, '');
});
