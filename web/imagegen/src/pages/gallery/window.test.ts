import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ItemWindow, type LoadPage } from './window';

interface Item {
  id: string;
  starred?: boolean;
}

/** A list of `total` items that counts what is asked of it. */
function listOf(total: number): { load: LoadPage<Item>; asked: number[] } {
  const asked: number[] = [];
  const load: LoadPage<Item> = async (offset, limit) => {
    asked.push(offset);
    await Promise.resolve();
    const count = Math.max(0, Math.min(limit, total - offset));
    return { total, items: Array.from({ length: count }, (_, at) => ({ id: `i${offset + at}` })) };
  };
  return { load, asked };
}

test('only the pages that are looked at are loaded, each once', async () => {
  const { load, asked } = listOf(1000);
  const items = new ItemWindow(load, { pageSize: 100, pagesMax: 10 });
  await items.ensure(0, 30);
  await Promise.all([items.ensure(450, 620), items.ensure(500, 510)]);
  await items.ensure(450, 620);
  assert.deepEqual(asked, [0, 400, 500, 600]);
  assert.equal(items.total.value, 1000);
  assert.equal(items.peek(455)?.id, 'i455');
  assert.equal(items.peek(250), undefined);
});

test('nothing is asked for beyond the end', async () => {
  const { load, asked } = listOf(150);
  const items = new ItemWindow(load, { pageSize: 100, pagesMax: 10 });
  await items.ensure(0, 10);
  await items.ensure(140, 900);
  assert.deepEqual(asked, [0, 100]);
  assert.equal(items.peek(149)?.id, 'i149');
});

test('the pages looked at longest ago are forgotten', async () => {
  const { load, asked } = listOf(1000);
  const items = new ItemWindow(load, { pageSize: 100, pagesMax: 2 });
  await items.ensure(0, 1);
  await items.ensure(100, 101);
  await items.ensure(0, 1);
  await items.ensure(200, 201);
  assert.equal(items.peek(0)?.id, 'i0');
  assert.equal(items.peek(100), undefined);
  await items.ensure(100, 101);
  assert.deepEqual(asked, [0, 100, 200, 100]);
});

test('a failure is told, and asking again repairs it', async () => {
  const { load } = listOf(100);
  let broken = true;
  const items = new ItemWindow<Item>((offset, limit, abort) => (broken ? Promise.reject(new Error('down')) : load(offset, limit, abort)), {
    pageSize: 100,
    pagesMax: 2,
  });
  await items.ensure(0, 10);
  assert.match(String(items.error.value), /down/);
  broken = false;
  await items.ensure(0, 10);
  assert.equal(items.error.value, undefined);
  assert.equal(items.peek(9)?.id, 'i9');
});

test('a reload keeps what is shown until the new is here', async () => {
  let total = 5;
  const items = new ItemWindow<Item>((offset, limit, abort) => listOf(total).load(offset, limit, abort), { pageSize: 100, pagesMax: 2 });
  await items.ensure(0, 10);
  total = 6;
  const reloading = items.reload();
  assert.equal(items.total.value, 5);
  assert.equal(items.peek(0)?.id, 'i0');
  await reloading;
  assert.equal(items.total.value, 6);
});

test('a reload in the middle keeps the middle, and forgets the rest', async () => {
  const { load, asked } = listOf(1000);
  const items = new ItemWindow(load, { pageSize: 100, pagesMax: 10 });
  await items.ensure(0, 1);
  await items.ensure(500, 510);
  asked.length = 0;
  await items.reload(480, 520);
  assert.deepEqual(asked, [400, 500]);
  assert.equal(items.peek(505)?.id, 'i505');
  assert.equal(items.peek(0), undefined);
});

test('an answer that a reload has overtaken is dropped', async () => {
  const answers: (() => void)[] = [];
  let version = 'old';
  const items = new ItemWindow<Item>(
    () =>
      new Promise((resolve) => {
        const id = version;
        answers.push(() => resolve({ total: 300, items: [{ id }] }));
      }),
    { pageSize: 100, pagesMax: 3 },
  );
  const slow = items.ensure(0, 1);
  version = 'new';
  const reloading = items.reload();
  answers[1]?.();
  await reloading;
  answers[0]?.();
  await slow;
  assert.equal(items.peek(0)?.id, 'new');
});

test('a change reaches an item wherever it is loaded', async () => {
  const { load } = listOf(300);
  const items = new ItemWindow(load, { pageSize: 100, pagesMax: 5 });
  await items.ensure(0, 300);
  items.patch(new Set(['i5', 'i205']), { starred: true });
  assert.deepEqual([items.peek(5)?.starred, items.peek(205)?.starred, items.peek(6)?.starred], [true, true, undefined]);
});
