// The overview: first steps, then figures that are right, and sentences that lead to what needs somebody.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, patience, settled, textOf } from './world.mjs';

const attention = (page) => page.getByRole('region', { name: 'Что требует внимания' });
const figure = async (page, name) =>
  Number((await textOf(page.getByTestId(`figure-${name}`).locator('dd'))).replaceAll(/[^\d,]/g, '').replace(',', '.'));

describe('a broker that nobody has used', () => {
  let world;
  before(async () => (world = await World.open({ broker: { mode: 'dev' } })));
  after(() => world.close());
  afterEach(() => world.closePages());

  test('shows the lines for .env, sends the first message by one press and shows it arriving', async () => {
    const page = await world.open('/');
    await page.getByRole('heading', { level: 1, name: 'Первые шаги' }).waitFor();
    await page.getByText('API-токены (API Tokens)').waitFor();
    await page.getByText(`QSTASH_TOKEN="${world.broker.token}"`, { exact: false }).first().waitFor();
    await page.getByRole('button', { name: 'Отправить первое сообщение' }).click();
    await page.getByText('Доставлено', { exact: false }).first().waitFor();
    await page.getByText('{"hello":"world"}').first().waitFor();
    const id = await textOf(page.getByTestId('first-id'));
    await world.inState(id, 'delivered');
    await page.getByTestId('first-show').click();
    await page.getByTestId('sentence').getByText('Доставлено на 1-й попытке', { exact: false }).waitFor();

    await page.goto(world.broker.url);
    await page.getByTestId('figure-published').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Обзор' }).waitFor();
    await page.getByText('Ничего не требует внимания.').waitFor();
    await page.getByText('опубликовано 1,', { exact: false }).waitFor();
  });
});

describe('a broker under load', () => {
  let world;
  before(async () => (world = await World.open({ load: 10 })));
  after(() => world.close());
  afterEach(() => world.closePages());

  test('figures move by themselves, and charts are drawn for every period', async () => {
    const page = await world.open('/');
    await page.getByTestId('live-mark').getByText('Вживую').waitFor();
    await until('messages are published each second', async () => (await figure(page, 'published')) > 0, {
      deadline: patience,
    });
    await until('messages are delivered each second', async () => (await figure(page, 'delivered')) > 0, {
      deadline: patience,
    });
    const totals = async () =>
      Number(/опубликовано ([\d ]+)/.exec(await textOf(page.getByText('С первого сообщения', { exact: false })))[1].replaceAll(' ', ''));
    const first = await totals();
    await until('the total grows while one looks', async () => (await totals()) > first, { deadline: patience });
    for (const period of ['15 мин', '1 ч', '24 ч', '30 д']) {
      await page.getByText(period, { exact: true }).click();
      await until(`the charts of ${period} are drawn`, async () => (await page.locator('main canvas').count()) >= 3, {
        deadline: patience,
      });
    }
    assert.equal(new URL(page.url()).searchParams.get('range'), '30d');
  });

  test('a paused queue and failing destinations are told in sentences that lead there, also after a restart', async () => {
    const { broker, destination } = world;
    await broker.request('/v2/queues', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ queueName: 'resting', parallelism: 1 }),
    });
    const pausing = await broker.request('/v2/queues/resting/pause', { method: 'POST' });
    assert.equal(pausing.status, 200);
    for (let number = 0; number < 3; number += 1) {
      await broker.json(`/v2/enqueue/resting/${destination.url}/ok`, { method: 'POST' });
    }
    const failed = await world.batch(
      Array.from({ length: 30 }, () => ({ path: '/status/500', headers: { 'Upstash-Retries': '0' } })),
    );
    await Promise.all(failed.map((id) => world.inState(id, 'failed')));

    const page = await world.open('/');
    const paused = attention(page).getByText('Очередь «resting» на паузе, в ней ждут 3 сообщения.');
    await paused.waitFor();
    await attention(page).getByText('не доставлено 30 сообщений: у них кончились повторы.', { exact: false }).waitFor();
    await paused.click();
    await page.getByRole('heading', { level: 1, name: 'resting' }).waitFor();
    await page.getByText('Ждут 3 сообщения').waitFor();

    await world.load.stop();
    await until('nothing is under way', async () => (await broker.json('/admin/v1/overview')).backlog.total === 3, {
      deadline: patience,
      every: 50,
    });
    const { totals: before } = await broker.json('/admin/v1/overview');
    // A page that was open would be refused meanwhile, and the console says so.
    await world.closePages();
    await world.restart();
    const { totals: since } = await world.broker.json('/admin/v1/overview');
    assert.deepEqual(since, before, 'no count is lost');
    const again = await world.open('/');
    await settled(again);
    await attention(again).getByText('Очередь «resting» на паузе, в ней ждут 3 сообщения.').waitFor();
    const told = await textOf(again.getByText('С первого сообщения', { exact: false }));
    assert.equal(/опубликовано ([\d ]+)/.exec(told)[1].replaceAll(' ', ''), String(before.published));
    assert.match(told, /не доставлено 30,/);
  });
});
