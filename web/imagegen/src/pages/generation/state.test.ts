import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GenerationState, Summary } from '../../api/contract';
import { en } from '../../i18n';
import { actionsOf, etaPhrase, isAtRest, nextDue, sharesOf, statusPhrase, taskActionsOf } from './state';

const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);
const base = { attempt: 0, maxAttempts: 4, dueAt: null } as const;
const none: Summary = { pending: 0, processing: 0, done: 0, failed: 0, canceled: 0, total: 0 };

test('every status and phase has its badge', () => {
  const at = '2026-11-24T14:05:00Z';
  const rows = [
    [{ ...base, status: 'pending', phase: 'draft' }, 'taskDraft'],
    [{ ...base, status: 'pending', phase: 'queued', dueAt: at }, 'taskQueuedAt'],
    [{ ...base, status: 'pending', phase: 'queued' }, 'taskQueued'],
    [{ ...base, status: 'pending', phase: 'waiting_limit', dueAt: at }, 'taskWaitingLimit'],
    [{ ...base, status: 'pending', phase: 'retry_wait', dueAt: at }, 'taskRetryAt'],
    [{ ...base, status: 'processing', phase: 'generating' }, 'taskGenerating'],
    [{ ...base, status: 'processing', phase: 'saving' }, 'taskSaving'],
    [{ ...base, status: 'done', phase: '' }, 'taskDone'],
    [{ ...base, status: 'failed', phase: 'permanent' }, 'taskFailed'],
    [{ ...base, status: 'failed', phase: 'exhausted' }, 'taskFailed'],
    [{ ...base, status: 'canceled', phase: '' }, 'taskCanceled'],
  ] as const;
  for (const [task, key] of rows) {
    assert.equal(statusPhrase(task, clock).key, key);
    assert.ok(Object.hasOwn(en.generation, key), key);
  }
});

test('a retry is counted among the retries, not among the attempts', () => {
  const phrase = statusPhrase({ status: 'pending', phase: 'retry_wait', attempt: 2, maxAttempts: 4, dueAt: '2026-11-24T14:09:00Z' }, clock);
  assert.deepEqual(phrase.parameters, { retry: 2, retries: 3, time: '14:09' });
});

function offered(state: GenerationState, summary: Partial<Summary>, sending: Parameters<typeof actionsOf>[0]['sending'] = null): string {
  return [...actionsOf({ state, summary: { ...none, ...summary }, sending })].sort().join(' ');
}

test('each state offers what makes sense in it', () => {
  assert.equal(offered('ready', { pending: 5 }), 'replan start');
  assert.equal(offered('ready', {}), '');
  assert.equal(offered('scheduled', { pending: 5 }), 'replan start stop');
  assert.equal(offered('running', { pending: 4, done: 1 }), 'clear pause replan stop zip');
  assert.equal(offered('paused', { pending: 4 }), 'replan resume stop');
  assert.equal(offered('finished', { done: 5 }), 'clear zip');
  assert.equal(offered('finished_with_errors', { done: 4, failed: 1 }), 'clear retryFailed zip');
});

test('what could not be sent is offered again, instead of a start', () => {
  const problem = { code: 'publish_refused', message: 'refused' };
  assert.match(offered('ready', { pending: 7 }, { sent: 3, total: 10, active: false, problem }), /sendRest/);
  assert.doesNotMatch(offered('ready', { pending: 7 }, { sent: 3, total: 10, active: false, problem }), /start/);
  assert.doesNotMatch(offered('sending', { pending: 7 }, { sent: 3, total: 10, active: true, problem: null }), /sendRest/);
});

test('a task that is processed can only be given up', () => {
  assert.deepEqual(taskActionsOf({ status: 'processing', phase: 'generating' }), { retry: false, cancel: false, fail: true, remove: false });
  assert.deepEqual(taskActionsOf({ status: 'failed', phase: 'permanent' }), { retry: true, cancel: false, fail: false, remove: true });
  assert.deepEqual(taskActionsOf({ status: 'pending', phase: 'draft' }), { retry: false, cancel: true, fail: false, remove: true });
});

test('the bar of a generation without tasks is empty', () => {
  assert.deepEqual(sharesOf(none), { done: 0, failed: 0, canceled: 0, processing: 0 });
  assert.deepEqual(sharesOf({ ...none, done: 1, failed: 1, total: 4 }), { done: 0.25, failed: 0.25, canceled: 0, processing: 0 });
});

test('the time of arrival names its bottleneck, and is silent at rest', () => {
  const formats = { clock, relative: () => 'in 5 min' };
  const eta = { at: '2026-11-24T14:59:00Z', bottleneck: 'limit' } as const;
  assert.deepEqual(etaPhrase(eta, 'running', formats), { key: 'etaLimit', parameters: { time: '14:59', left: 'in 5 min' } });
  assert.equal(etaPhrase({ ...eta, bottleneck: 'generation' }, 'running', formats)?.key, 'etaGeneration');
  assert.equal(etaPhrase(eta, 'finished', formats), null);
  assert.equal(etaPhrase(null, 'running', formats), null);
});

test('only the finished and the not started are at rest', () => {
  const states: GenerationState[] = ['ready', 'scheduled', 'sending', 'running', 'paused', 'finished', 'finished_with_errors'];
  assert.deepEqual(states.filter(isAtRest), ['ready', 'finished', 'finished_with_errors']);
});

test('the next due task is the earliest that is not long overdue', () => {
  const now = Date.parse('2026-11-24T10:00:00Z');
  const at = (seconds: number) => ({ status: 'pending', dueAt: new Date(now + seconds * 1000).toISOString() }) as const;
  assert.equal(nextDue([at(90), at(30), at(-60)], now), now + 30_000);
  assert.equal(nextDue([{ status: 'done', dueAt: at(5).dueAt }, { status: 'pending', dueAt: null }], now), null);
});
