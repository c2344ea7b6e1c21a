import { ApiError } from '@godwit/kit';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GenerationRequest, Preview } from '../../api/contract';
import { PreviewQuestions } from './preview';

const request = (name: string): GenerationRequest => ({ name, prompts: ['a'], rateLimit: 60, model: 'm' });
const preview = (tasks: number): Preview => ({
  tasks, variants: tasks, sample: [], unknownParameters: [], intervalSeconds: 60, lastDueAt: '', durationSeconds: 0, costUsd: 0, warnings: [],
});

test('the latest question wins, whatever order the answers come in', async () => {
  const answers: ((value: Preview) => void)[] = [];
  const questions = new PreviewQuestions(() => new Promise((resolve) => answers.push(resolve)));
  const first = questions.set(request('a'));
  const second = questions.set(request('b'));
  answers[1]?.(preview(2));
  await second;
  answers[0]?.(preview(1));
  await first;
  assert.equal(questions.state.value.preview?.tasks, 2);
});

test('what is shown stays while the next answer is awaited', async () => {
  let release = (): void => {};
  const questions = new PreviewQuestions(({ name }) =>
    name === 'slow' ? new Promise((resolve) => (release = () => resolve(preview(9)))) : Promise.resolve(preview(3)),
  );
  await questions.set(request('quick'));
  const slow = questions.set(request('slow'));
  assert.deepEqual([questions.state.value.preview?.tasks, questions.state.value.loading], [3, true]);
  release();
  await slow;
  assert.deepEqual([questions.state.value.preview?.tasks, questions.state.value.loading], [9, false]);
});

test('the same question is asked once, but again after a failure', async () => {
  let asked = 0;
  let broken = true;
  const questions = new PreviewQuestions(async () => {
    asked += 1;
    if (broken) throw new ApiError(400, { code: 'invalid', message: 'no', field: 'rateLimit' });
    return preview(1);
  });
  await questions.set(request('a'));
  assert.equal(questions.state.value.problem?.field, 'rateLimit');
  broken = false;
  await questions.set(request('a'));
  await questions.set(request('a'));
  assert.equal(asked, 2);
  assert.equal(questions.state.value.preview?.tasks, 1);
});

test('without a question there is nothing to show', async () => {
  const questions = new PreviewQuestions(async () => preview(1));
  await questions.set(request('a'));
  await questions.set(null);
  assert.deepEqual(questions.state.value, { preview: null, problem: null, loading: false });
});
