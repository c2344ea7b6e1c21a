// The page "Messages": found by filters, followed as they come, cancelled in bulk; while others come.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, choose, patience } from './world.mjs';

const hour = { 'Upstash-Delay': '1h' };
const labelled = (label, count, headers = {}, path = '/ok') =>
  Array.from({ length: count }, (_, number) => ({
    path,
    headers: { 'Upstash-Label': label, ...headers },
    body: `{"label":"${label}","number":${number}}`,
  }));

const box = (page) => page.getByRole('combobox', { name: 'Отбор сообщений' });
const rows = (page) => page.locator('[data-message]');
const idsOf = (page) => rows(page).evaluateAll((all) => all.map(({ dataset }) => dataset.message));
const live = (page) => page.locator('[data-testid="messages-live"][data-connection="on"]');

const shows = (page, ids, what) =>
  until(
    what,
    async () => JSON.stringify((await idsOf(page)).sort()) === JSON.stringify([...ids].sort()),
    { deadline: patience, every: 50 },
  );

describe('the messages of a busy broker', () => {
  let world;
  before(async () => (world = await World.open({ load: 10 })));
  after(() => world.close());
  afterEach(() => world.closePages());

  test('typed qualifiers find them, chips narrow it down, and the address shows the same elsewhere', async () => {
    const waiting = await world.batch(labelled('typed', 4, hour));
    const delivered = await world.batch(labelled('typed', 3));
    await Promise.all(delivered.map((id) => world.inState(id, 'delivered')));
    const page = await world.open('/messages');
    await box(page).fill('label:typed');
    await box(page).press('Enter');
    await shows(page, [...waiting, ...delivered], 'all with the label are listed');
    await page.getByText('7 сообщений', { exact: true }).waitFor();

    await box(page).fill('state:delivered');
    await box(page).press('Enter');
    await shows(page, delivered, 'the delivered ones are listed');
    await page.getByRole('button', { name: 'Изменить условие state:delivered' }).waitFor();

    const { pathname, search } = new URL(page.url());
    const elsewhere = await world.open(pathname + search);
    await shows(elsewhere, delivered, 'the same are listed elsewhere');

    await page.getByRole('button', { name: 'Убрать условие state:delivered' }).click();
    await page.getByText('Незавершённые', { exact: true }).click();
    await shows(page, waiting, 'the living ones are listed');
    await page.goBack();
    await shows(page, [...waiting, ...delivered], 'the button back undoes the last step');

    // A chip of a row is a filter as well.
    await page.getByRole('button', { name: 'Убрать условие label:typed' }).click();
    await rows(page).first().getByRole('button', { name: 'метка load' }).click();
    await until('the load is listed', async () => (await idsOf(page)).length > 7, {
      deadline: patience,
    });
    assert.equal(new URL(page.url()).searchParams.get('label'), 'load');
  });

  test('words find a message by its body, and what cannot be read is told', async () => {
    const [id] = await world.batch([
      { path: '/ok', headers: hour, body: '{"order":"ORD-7719-é","state":"новый"}' },
    ]);
    const page = await world.open('/messages');
    await box(page).fill('"ORD-7719-é"');
    await box(page).press('Enter');
    await shows(page, [id], 'the order is found');
    await box(page).fill('state:nonsense');
    await box(page).press('Enter');
    await page.getByRole('alert').getByText('«nonsense» — не состояние', { exact: false }).waitFor();
    await shows(page, [id], 'what cannot be read changes nothing');
  });

  test('what is published meanwhile appears, and is held back and counted while somebody reads', async () => {
    const [first] = await world.batch(labelled('tail', 1, hour));
    const page = await world.open('/messages?label=tail');
    await shows(page, [first], 'the one that was there is listed');
    await live(page).waitFor();
    await page.mouse.move(1, 1);

    const [second] = await world.batch(labelled('tail', 1, hour));
    await shows(page, [first, second], 'the new one came by itself');
    assert.deepEqual(await idsOf(page), [second, first], 'the newest stands first');

    await rows(page).first().hover();
    await page.getByText('Придержаны, пока вы читаете').waitFor();
    const place = await rows(page).first().boundingBox();
    const held = await world.batch(labelled('tail', 3, hour));
    await page.getByRole('button', { name: '+3 новых' }).waitFor();
    assert.deepEqual(await idsOf(page), [second, first], 'nothing moves under the reader');
    assert.deepEqual(await rows(page).first().boundingBox(), place);

    await page.getByRole('button', { name: '+3 новых' }).click();
    await shows(page, [first, second, ...held], 'all are listed');
  });

  test('cancelling all that a filter matches says how many, cancels those, and leaves the rest', async () => {
    const living = await world.batch(labelled('bulk', 37, hour));
    const others = await world.batch(labelled('bulk-not', 6, hour));
    const ended = await world.batch(labelled('bulk', 5));
    await Promise.all(ended.map((id) => world.inState(id, 'delivered')));
    const page = await world.open('/messages?label=bulk');
    await page.getByText('42 сообщения', { exact: true }).waitFor();
    await choose(page, page.getByTestId('messages-menu'), 'Отменить все подходящие…');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/отменен\S* 37 незавершённых сообщений\./).waitFor();
    await dialog.getByText('label:bulk', { exact: false }).first().waitFor();
    await dialog.getByRole('button', { name: 'Отменить 37 сообщений' }).click();
    await page.getByTestId('cancel-progress').getByText('Отменено 37 сообщений.').waitFor();

    const canceled = (await world.canceled('bulk')).sort();
    assert.deepEqual(canceled, [...living].sort(), 'those, and no other of the label');
    assert.deepEqual(await world.canceled('bulk-not'), []);
    await Promise.all(others.map((id) => world.inState(id, 'waiting')));
    const count = (filter) => world.broker.json(`/admin/v1/messages/count?${filter}`);
    assert.equal((await count('label=bulk&state=canceled')).count, 37);
    assert.equal((await count('label=bulk&state=delivered')).count, 5);
    await page.getByTestId('cancel-progress').getByRole('button', { name: 'Скрыть' }).click();
    await until(
      'the rows tell it',
      async () => (await rows(page).locator('xpath=self::*[@data-state="canceled"]').count()) > 0,
      { deadline: patience },
    );
  });

  test('chosen rows are cancelled and no other; those that have ended are counted apart', async () => {
    const living = await world.batch(labelled('chosen', 4, hour));
    const [ended] = await world.batch(labelled('chosen', 1));
    await world.inState(ended, 'delivered');
    const page = await world.open('/messages?label=chosen');
    await shows(page, [...living, ended], 'all are listed');
    for (const id of [living[1], living[2], ended]) {
      await page.getByRole('checkbox', { name: `Выбрать ${id}` }).check();
    }
    await page.getByTestId('messages-selection').getByText('Выбрано 3').waitFor();
    await page.getByTestId('selection-cancel').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Будут отменены 2 незавершённых сообщения.').waitFor();
    await dialog
      .getByText('1 из выбранных уже завершилось и останется как есть.')
      .waitFor();
    await dialog.getByRole('button', { name: 'Отменить 2 сообщения' }).click();
    await page.getByTestId('cancel-progress').getByText('Отменены 2 сообщения.').waitFor();
    const states = await Promise.all(
      [...living, ended].map(async (id) => (await world.broker.json(`/admin/v1/messages/${id}`)).state),
    );
    assert.deepEqual(states, ['waiting', 'canceled', 'canceled', 'waiting', 'delivered']);
  });
});
