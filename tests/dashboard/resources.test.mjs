// Queues, flow control keys, schedules and URL groups: made, watched and changed as people do.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, allowStatuses, choose, patience, textOf } from './world.mjs';

describe('what messages go through', () => {
  let world;
  before(async () => (world = await World.open({ load: 3 })));
  after(() => world.close());
  afterEach(() => world.closePages());

  const dialog = (page) => page.getByRole('dialog');

  test('of hundreds of queues the first are drawn, more as one asks, and each is found by its name', async () => {
    const count = 450;
    const name = (i) => `many-${String(i).padStart(3, '0')}`;
    for (let i = 0; i < count; i += 1) {
      const made = await world.broker.request('/v2/queues', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ queueName: name(i), parallelism: 1 }),
      });
      assert.equal(made.status, 200);
    }
    const page = await world.open('/queues');
    const rows = page.locator('tbody tr');
    const drawn = (most) => until(`${most} rows are drawn`, async () => (await rows.count()) === most, { deadline: patience });
    await drawn(200);
    await page.getByText(`Показано 200 из ${count}`).waitFor();
    await page.getByRole('button', { name: 'Показать ещё 200' }).click();
    await drawn(400);
    await page.getByRole('button', { name: 'Показать ещё 50' }).click();
    await drawn(count);
    assert.equal(await page.getByTestId('more-rows').count(), 0);
    await page.getByPlaceholder('Найти', { exact: false }).fill(name(449));
    await drawn(1);
    for (let i = 0; i < count; i += 1) {
      await world.broker.request(`/v2/queues/${name(i)}`, { method: 'DELETE' });
    }
  });

  test('a queue is created, paused and resumed, and what waited in it is delivered', async () => {
    const page = await world.open('/queues');
    await page.getByRole('button', { name: 'Новая очередь' }).click();
    await dialog(page).getByLabel('Имя', { exact: true }).fill('имя');
    await dialog(page).getByRole('button', { name: 'Создать' }).click();
    await dialog(page).getByText('Только латинские буквы', { exact: false }).first().waitFor();
    await dialog(page).getByLabel('Имя', { exact: true }).fill('orders');
    await dialog(page).getByRole('button', { name: 'Создать' }).click();
    await page.getByRole('link', { name: 'orders' }).click();
    await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor();
    await page.getByRole('button', { name: 'Приостановить' }).click();
    await dialog(page).getByRole('button', { name: 'Приостановить' }).click();
    await page.getByText('На паузе: сообщения принимаются', { exact: false }).waitFor();

    const { messageId } = await world.broker.json(
      `/v2/enqueue/orders/${world.destination.url}/orders`,
      { method: 'POST', body: 'one' },
    );
    await page.getByText('Ждёт 1 сообщение').waitFor();
    await page.getByRole('link', { name: messageId }).waitFor();
    assert.equal(world.destination.of(messageId).length, 0);
    await page.getByRole('button', { name: 'Возобновить' }).click();
    const [arrival] = await world.destination.waitFor(messageId, { deadline: patience });
    assert.equal(arrival.text, 'one');
    await page.getByText('Никто не ждёт.').waitFor();
  });

  test('deleting a queue says how many messages go with it, and cancels those', async () => {
    const post = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
    await world.broker.request('/v2/queues', {
      ...post,
      body: JSON.stringify({ queueName: 'doomed', parallelism: 1, paused: true }),
    });
    for (let number = 0; number < 4; number += 1) {
      await world.broker.json(`/v2/enqueue/doomed/${world.destination.url}/doomed`, {
        method: 'POST',
        headers: { 'Upstash-Label': 'doomed' },
      });
    }
    const page = await world.open('/queues/doomed');
    await page.getByTestId('queue-delete').click();
    await dialog(page).getByText('4 незавершённых сообщения').waitFor();
    await dialog(page).getByRole('button', { name: 'Удалить и отменить 4 сообщения' }).click();
    await page.getByRole('heading', { level: 1, name: 'Очереди' }).waitFor();
    await page.getByText('Очередь «doomed» удалена').waitFor();
    assert.equal((await world.canceled('doomed')).length, 4);
    allowStatuses(page, 404);
  });

  test('a flow control key is paused, pinned, asked «what if» and reset', async () => {
    const ids = await world.batch(
      Array.from({ length: 4 }, () => ({
        path: '/flow',
        headers: {
          'Upstash-Flow-Control-Key': 'api',
          'Upstash-Flow-Control-Value': 'rate=1, period=1h',
        },
      })),
    );
    await until('one has gone', () => ids.some((id) => world.destination.of(id).length === 1), {
      deadline: patience,
    });
    const page = await world.open('/flow-control');
    await page.getByRole('link', { name: 'api' }).click();
    await page.getByText('Ждут 3 сообщения').waitFor();

    // One an hour: the three that wait and 10 more need 13 hours at the most, and twelve at the least.
    await page.getByLabel('Сообщений', { exact: true }).fill('10');
    const answer = page.getByTestId('what-if');
    await answer.getByText('10 сообщений', { exact: false }).first().waitFor();
    assert.match(await textOf(answer), /через (12|13) ч/);
    await page.getByRole('spinbutton', { name: 'Частота' }).fill('600');
    await answer.getByText('Все начнутся сразу.').waitFor();
    await page.getByRole('spinbutton', { name: 'Сообщений' }).fill('9000');
    await answer.getByText(/Сдерживает частота: 600 в час\./).waitFor();

    await page.getByRole('button', { name: 'Приостановить' }).click();
    await dialog(page).getByRole('button', { name: 'Приостановить' }).click();
    await page.getByText('На паузе: всё, что несёт этот ключ', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Возобновить' }).click();
    await page.getByRole('button', { name: 'Приостановить' }).waitFor();

    await page.getByRole('button', { name: 'Закрепить ограничения' }).click();
    await dialog(page).getByLabel('Попыток за окно').fill('2');
    await dialog(page).getByRole('button', { name: 'Закрепить' }).click();
    await page.getByText('Ограничения «api» закреплены').waitFor();
    const delivered = () => ids.filter((id) => world.destination.of(id).length > 0).length;
    // Another limit begins another window.
    await until('the wider limit lets two more go', () => delivered() === 3, { deadline: patience });
    assert.equal((await world.broker.json('/v2/flowControl/api')).isPinnedRate, true);

    await choose(page, page.getByTestId('key-more'), 'Начать новое окно');
    await dialog(page).getByRole('button', { name: 'Начать новое окно' }).click();
    await until('the new window lets the last one go', () => delivered() === 4, { deadline: patience });
    await page.getByText('Никто не ждёт.').waitFor();
    await choose(page, page.getByTestId('key-more'), 'Открепить частоту');
    await until('it is not pinned any more', async () => {
      const { isPinnedRate } = await world.broker.json('/v2/flowControl/api');
      return !isPinnedRate;
    }, { deadline: patience });
  });

  test('a schedule is written, told in words with its next runs, run now, paused and deleted', async () => {
    const page = await world.open('/schedules');
    await page.getByTestId('schedule-new').click();
    await page.getByLabel('Адресат').fill(`${world.destination.url}/nightly`);
    await page.getByLabel('Имя', { exact: false }).first().fill('nightly');
    await page.getByLabel('Тело', { exact: true }).fill('{"report":"daily"}');
    const cron = page.getByLabel('Cron-выражение');
    await cron.fill('61 * * * *');
    await page.locator('.field-error').first().waitFor();
    await page.getByRole('button', { name: 'По будням' }).click();
    await page.locator('.cron-words').getByText(/будн|понедельник/i).waitFor();
    await page.getByText('Запуски были бы').waitFor();
    await page.getByTestId('schedule-save').click();
    await page.getByRole('heading', { level: 1, name: 'nightly' }).waitFor();
    await page.getByRole('heading', { name: 'Следующие запуски' }).waitFor();
    const { cron: saved, destination } = await world.broker.json('/v2/schedules/nightly');
    assert.deepEqual([saved, destination], ['0 9 * * 1-5', `${world.destination.url}/nightly`]);
    // Whether the name was free was asked first, and 404 was the answer.
    allowStatuses(page, 404);

    await page.getByRole('button', { name: 'Запустить сейчас' }).click();
    const arrived = () => world.destination.arrivals.filter(({ path }) => path === '/nightly');
    await until('its message arrives', () => arrived().length === 1, { deadline: patience });
    assert.equal(arrived()[0].text, '{"report":"daily"}');
    await page.getByRole('link', { name: arrived()[0].messageId }).waitFor();

    await page.getByRole('button', { name: 'Приостановить' }).click();
    await dialog(page).getByRole('button', { name: 'Приостановить' }).click();
    await page.getByText('На паузе: время запусков проходит без сообщений', { exact: false }).waitFor();
    assert.equal((await world.broker.json('/v2/schedules/nightly')).isPaused, true);
    await page.getByRole('button', { name: 'Удалить' }).click();
    await dialog(page).getByRole('button', { name: 'Удалить' }).click();
    await page.getByRole('heading', { level: 1, name: 'Расписания' }).waitFor();
    await page.getByText('Расписаний пока нет').waitFor();
    allowStatuses(page, 404);
  });

  test('a URL group is created, gets another endpoint, is published to, and deleted', async () => {
    const page = await world.open('/url-groups');
    await page.getByRole('button', { name: 'Новая группа' }).click();
    await dialog(page).getByLabel('Группа').fill('billing');
    await dialog(page).getByLabel('Первый адресат').fill('ftp://nowhere');
    await dialog(page).getByRole('button', { name: 'Создать' }).click();
    await dialog(page).getByText('Нужен адрес, который начинается', { exact: false }).waitFor();
    await dialog(page).getByLabel('Первый адресат').fill(`${world.destination.url}/first`);
    await dialog(page).getByRole('button', { name: 'Создать' }).click();
    await page.getByRole('heading', { level: 1, name: 'billing' }).waitFor();
    await page.getByRole('button', { name: 'Добавить адресата' }).click();
    await dialog(page).getByLabel('URL', { exact: true }).fill(`${world.destination.url}/second`);
    await dialog(page).getByLabel('Имя').fill('второй');
    await dialog(page).getByRole('button', { name: 'Сохранить' }).click();
    await page.getByText('2 адресата').waitFor();
    await page.getByText('второй', { exact: true }).waitFor();

    await page.getByRole('link', { name: 'Опубликовать в неё' }).click();
    await page.getByText('Группа URL, в ней 2 адреса: каждому по сообщению').waitFor();
    await page.getByLabel('Тело', { exact: true }).fill('both');
    await page.getByTestId('builder-send').click();
    await page.getByText('Принято: 2 сообщения').waitFor();
    const paths = () =>
      world.destination.arrivals.filter(({ text }) => text === 'both').map(({ path }) => path).sort();
    await until('both get it', () => paths().length === 2, { deadline: patience });
    assert.deepEqual(paths(), ['/first', '/second']);

    await page.goto(`${world.broker.url}/url-groups/billing`);
    await page.getByTestId('group-delete').click();
    await dialog(page).getByText('В ней 2 адресата.', { exact: false }).waitFor();
    await dialog(page).getByRole('button', { name: 'Удалить' }).click();
    await page.getByText('Групп пока нет').waitFor();
    assert.deepEqual(await world.broker.json('/v2/topics'), []);
    allowStatuses(page, 404);
  });
});
