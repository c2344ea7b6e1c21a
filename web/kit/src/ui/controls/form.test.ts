import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError } from '../../core/api';
import { FormState } from './form';

interface Values {
  name: string;
  count: number | null;
}

/** As much of a page as a form looks at: no field is drawn. */
Object.assign(globalThis, {
  document: { querySelector: () => null },
  CSS: { escape: (text: string) => text },
  requestAnimationFrame: () => 0,
});

function form(submit: (values: Values) => Promise<Values | void>): FormState<Values> {
  return new FormState<Values>({
    initial: { name: 'a', count: 1 },
    validate: ({ name }) => ({ name: name === '' ? 'needed' : undefined }),
    submit,
  });
}

test('a form is dirty while it differs from what is saved', async () => {
  const state = form(async () => undefined);
  assert.equal(state.dirty.value, false);
  state.set('name', 'b');
  assert.equal(state.dirty.value, true);
  state.set('name', 'a');
  assert.equal(state.dirty.value, false);
  state.set('count', null);
  assert.equal(await state.submit(), true);
  assert.equal(state.dirty.value, false);
  assert.equal(state.values.value.count, null);
});

test('an error is shown once the field was left, or at submit, and nothing wrong is submitted', async () => {
  let submitted = 0;
  const state = form(async () => void (submitted += 1));
  state.field('name').onChange('');
  assert.equal(state.field('name').error, undefined);
  state.field('name').onBlur();
  assert.equal(state.field('name').error, 'needed');
  assert.equal(await state.submit(), false);
  assert.equal(submitted, 0);
});

test('words of the server stand at their field until it is changed', async () => {
  const state = form(() => Promise.reject(new ApiError(409, { code: 'name_taken', message: 'Taken.', field: 'name' })));
  assert.equal(await state.submit(), false);
  assert.equal(state.field('name').error, 'Taken.');
  assert.equal(state.busy.value, false);
  state.set('count', 2);
  assert.equal(state.field('name').error, 'Taken.');
  state.set('name', 'b');
  assert.equal(state.field('name').error, undefined);
});

test('a form takes the values as they were saved', async () => {
  const state = form(async () => ({ name: 'tidy', count: 1 }));
  state.set('name', ' tidy ');
  await state.submit();
  assert.equal(state.values.value.name, 'tidy');
  assert.equal(state.dirty.value, false);
});

test('what is written while saving stays, and is unsaved', async () => {
  let finish: () => void = () => undefined;
  const state = form(() => new Promise((resolve) => (finish = () => resolve({ name: 'b', count: 1 }))));
  state.set('name', 'b');
  const saving = state.submit();
  state.set('name', 'bc');
  assert.equal(await state.submit(), false); // One at a time.
  finish();
  await saving;
  assert.equal(state.values.value.name, 'bc');
  assert.equal(state.dirty.value, true);
});

test('reset goes back to what is saved', () => {
  const state = form(async () => undefined);
  state.set('name', '');
  state.field('name').onBlur();
  state.reset();
  assert.deepEqual(state.values.value, { name: 'a', count: 1 });
  assert.equal(state.field('name').error, undefined);
});
