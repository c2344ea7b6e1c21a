import { effect } from '@preact/signals';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Task, TaskResult } from '../../api/contract';
import { mergeResult, TaskBook } from './book';

function task(index: number, change: Partial<Task> = {}): Task {
  return {
    taskId: `tsk_${index}`, generationId: 'gen_1', index, status: 'pending', phase: 'draft', imageUrl: null, thumbUrl: null, error: null,
    attempt: 0, maxAttempts: 4, dueAt: null, startedAt: null, completedAt: null, durationMs: null, prompt: `p${index}`, variant: {},
    seed: null, messageId: null, messageUrl: null, image: null, costUsd: null, starred: false, ...change,
  };
}

function result(index: number, change: Partial<TaskResult> = {}): TaskResult {
  const { prompt: _p, variant: _v, seed: _s, messageId: _m, messageUrl: _u, image: _i, costUsd: _c, starred: _t, ...rest } = task(index);
  return { ...rest, ...change };
}

test('a result without news leaves the task as it is, the very object', () => {
  const before = task(1);
  assert.equal(mergeResult(before, result(1)), before);
});

test('a finished task keeps its prompt and gains its image', () => {
  const after = mergeResult(task(1), result(1, { status: 'done', phase: '', imageUrl: '/images/img_9', thumbUrl: '/images/img_9/thumb' }));
  assert.equal(after.prompt, 'p1');
  assert.equal(after.image?.id, 'img_9');
});

test('an image that is known keeps its sizes, a deleted one goes', () => {
  const image = { id: 'img_9', mime: 'image/png', width: 10, height: 20, bytes: 30 };
  const before = task(1, { status: 'done', phase: '', imageUrl: '/images/img_9', image });
  assert.equal(mergeResult(before, result(1, { status: 'done', phase: '', imageUrl: '/images/img_9', durationMs: 5 })).image, image);
  assert.equal(mergeResult(before, result(1, { status: 'done', phase: '' })).image, null);
});

test('only the tasks that changed tell their readers', () => {
  const book = new TaskBook();
  book.add([task(0), task(1), task(2)]);
  const drawn = [0, 0, 0];
  const stops = [0, 1, 2].map((index) =>
    effect(() => {
      void book.task(`tsk_${index}`)?.value;
      drawn[index] = (drawn[index] ?? 0) + 1;
    }),
  );
  book.apply([result(0), result(1, { phase: 'queued', dueAt: '2026-11-24T10:00:00Z' }), result(2)]);
  assert.deepEqual(drawn, [1, 2, 1]);
  for (const stop of stops) stop();
});

test('results of unknown tasks are named, so that the page reads them', () => {
  const book = new TaskBook();
  book.add([task(0)]);
  assert.deepEqual(book.apply([result(0), result(7)]), ['tsk_7']);
});

test('tasks stand by index, whatever the order they come in', () => {
  const book = new TaskBook();
  book.add([task(2), task(0)]);
  book.add([task(1)]);
  assert.deepEqual(book.ids.value, ['tsk_0', 'tsk_1', 'tsk_2']);
  book.remove('tsk_1');
  assert.deepEqual(book.ids.value, ['tsk_0', 'tsk_2']);
  book.replace([task(5), task(2)]);
  assert.deepEqual(book.ids.value, ['tsk_2', 'tsk_5']);
});

test('a filter shows the tasks of one status, and the revision tells when to ask again', () => {
  const book = new TaskBook();
  book.add([task(0), task(1), task(2, { status: 'failed', phase: 'permanent' })]);
  const before = book.revision.value;
  assert.deepEqual(book.select('failed'), ['tsk_2']);
  assert.equal(book.drafts(), 2);
  book.apply([result(1, { status: 'failed', phase: 'exhausted' })]);
  assert.ok(book.revision.value > before);
  assert.deepEqual(book.select('failed'), ['tsk_1', 'tsk_2']);
  assert.equal(book.drafts(), 1);
  const settled = book.revision.value;
  book.apply([result(1, { status: 'failed', phase: 'exhausted' })]);
  assert.equal(book.revision.value, settled);
});

test('a star changes at once, without the revision', () => {
  const book = new TaskBook();
  book.add([task(0)]);
  book.patch('tsk_0', { starred: true });
  assert.equal(book.task('tsk_0')?.value.starred, true);
});

test('of twenty thousand tasks only those that results name are drawn again', () => {
  const book = new TaskBook();
  book.add(Array.from({ length: 20_000 }, (_, index) => task(index)));
  const results = Array.from({ length: 500 }, (_, index) => result(index * 40, { phase: 'queued' }));
  const before = book.ids.value.map((id) => book.task(id)?.value);
  book.apply(results);
  const changed = book.ids.value.filter((id, index) => book.task(id)?.value !== before[index]);
  assert.equal(changed.length, 500);
  assert.equal(book.drafts(), 19_500);
});
