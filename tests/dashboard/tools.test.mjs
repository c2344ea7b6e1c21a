// Logs, the request builder, settings and the signature debugger.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, choose, patience, textOf } from './world.mjs';

describe('the tools of the dashboard', () => {
  let world;
  before(async () => (world = await World.open({ load: 3 })));
  after(() => world.close());
  afterEach(() => world.closePages());

  const dialog = (page) => page.getByRole('dialog');

  test('the log finds words in bodies, and its exports hold every row that matches', async () => {
    const ids = await world.batch(
      Array.from({ length: 5 }, (_, number) => ({ path: '/ok', body: `{"order":"needle, \\"${number}\\""}` })),
    );
    await Promise.all(ids.map((id) => world.inState(id, 'delivered')));
    const page = await world.open('/logs', { acceptDownloads: true });
    await page.getByLabel('Поиск').fill('needle');
    // Each was accepted, tried and delivered.
    await page.getByText('15 строк', { exact: true }).waitFor();
    await page.getByLabel('Шаг').selectOption('DELIVERED');
    await page.getByText('5 строк', { exact: true }).waitFor();
    const linked = await page.locator('.log-row a').evaluateAll((all) => all.map(({ pathname }) => pathname.split('/').pop()));
    assert.deepEqual(linked.sort(), [...ids].sort());

    const exported = async (entry) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        choose(page, page.getByTestId('logs-export'), entry),
      ]);
      return readFileSync(await download.path(), 'utf8');
    };
    const lines = (await exported('NDJSON, по строке на запись')).trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ messageId }) => messageId).sort(), [...ids].sort());
    const csv = (await exported('CSV, для таблиц')).trim().split(/\r?\n/);
    assert.equal(csv.length, 6, 'a line of names and five rows');
    for (const id of ids) assert.equal(csv.filter((line) => line.includes(id)).length, 1);
  });

  test('the builder publishes, tells what is wrong at its place, and its curl does the same', async () => {
    const page = await world.open('/publish');
    await page.getByLabel('Адресат').fill(`${world.destination.url}/built`);
    await page.getByLabel('Тело', { exact: true }).fill('{"built": true}');
    await page.getByText('Это JSON.').waitFor();
    await page.getByText('Когда', { exact: true }).click();
    await page.getByText('С задержкой', { exact: true }).click();
    const delay = page.getByLabel('Задержка', { exact: true });
    await delay.fill('5');
    await page.locator('[data-field="delay"] .field-error').getByText('У длительности нужны единицы', { exact: false }).waitFor();
    assert.equal(await delay.getAttribute('aria-invalid'), 'true');
    await delay.fill('1s');
    await page.getByTestId('builder-send').click();
    const id = await textOf(page.getByTestId('sent-message'));
    await page.getByTestId('builder-sent').getByText('Доставлено').waitFor();
    const [arrival] = await world.destination.waitFor(id, { deadline: patience });
    assert.deepEqual([arrival.path, arrival.text, arrival.headers['content-type']], ['/built', '{"built": true}', 'application/json']);

    const code = await page.getByTestId('code').innerText();
    const { messageId } = JSON.parse(
      execFileSync('bash', ['-c', code], {
        env: { ...process.env, QSTASH_TOKEN: world.broker.token },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    const [again] = await world.destination.waitFor(messageId, { deadline: patience });
    assert.deepEqual([again.path, again.text, again.headers['content-type']], [arrival.path, arrival.text, arrival.headers['content-type']]);
  });

  test('the builder enqueues and schedules', async () => {
    const page = await world.open(`/publish?url=${world.destination.url}/queued`);
    await page.getByText('В очередь', { exact: true }).click();
    await page.getByLabel('Очередь', { exact: true }).fill('built');
    await page.getByTestId('builder-send').click();
    const id = await textOf(page.getByTestId('sent-message'));
    await world.destination.waitFor(id, { deadline: patience });
    assert.equal((await world.broker.json(`/admin/v1/messages/${id}`)).queue, 'built');

    await page.getByText('По расписанию', { exact: true }).click();
    await page.getByLabel('Очередь', { exact: false }).last().fill('');
    await page.getByRole('button', { name: 'Каждое утро' }).click();
    await page.getByLabel('Имя расписания', { exact: false }).fill('built-schedule');
    await page.getByTestId('builder-send').click();
    await page.getByText('Расписание создано').waitFor();
    const schedule = await world.broker.json('/v2/schedules/built-schedule');
    assert.deepEqual([schedule.cron, schedule.destination], ['0 9 * * *', `${world.destination.url}/queued`]);
  });

  test('a read-only token is made and shown this once, works, and is revoked', async () => {
    const page = await world.open('/settings');
    await page.getByRole('button', { name: 'Новый токен' }).click();
    await dialog(page).getByLabel('Имя', { exact: false }).fill('стена');
    await dialog(page).getByText('Только чтение', { exact: true }).click();
    await dialog(page).getByRole('button', { name: 'Создать' }).click();
    await page.getByText('он показывается один раз', { exact: false }).waitFor();
    const token = await textOf(page.getByTestId('token-value'));
    const as = (path, method) => fetch(world.broker.url + path, { method, headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await as('/v2/queues', 'GET')).status, 200);
    assert.equal((await as(`/v2/publish/${world.destination.url}/ok`, 'POST')).status, 403);
    await page.getByRole('button', { name: 'Токен скопирован' }).click();
    assert.equal((await page.content()).includes(token), false);
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: 'стена' });
    await row.waitFor();
    assert.equal((await page.content()).includes(token), false, 'it is never shown again');
    await row.getByRole('button', { name: 'Отозвать' }).click();
    await dialog(page).getByRole('button', { name: 'Отозвать' }).click();
    await page.getByText('Токен «стена» отозван').waitFor();
    await until('it is refused', async () => (await as('/v2/queues', 'GET')).status === 401, { deadline: patience });
  });

  test('the configuration tells what is in force and where it comes from', async () => {
    const page = await world.open('/settings?tab=configuration');
    await page.getByLabel('Найти настройку').fill('delivery.allow');
    const row = page.getByTestId('setting delivery.allow');
    await row.getByText('127.0.0.0/8').waitFor();
    await row.getByText('флаг').waitFor();
    const html = await page.content();
    assert.equal(html.includes(world.broker.token), false, 'secrets only say that they are set');
  });

  test('a signature of the catcher is found right, and a body that somebody changed is explained', async () => {
    const catcher = await world.broker.json('/admin/v1/catcher');
    const id = await world.broker.publish(catcher.url, { body: '{"hello": "world"}' });
    await world.inState(id, 'delivered');
    const page = await world.open('/signature');
    await page.getByRole('button', { name: 'Взять последнюю из ловушки' }).click();
    await page.getByTestId('verdict').getByText('Подпись верна').waitFor();
    for (const check of ['form', 'algorithm', 'signature', 'issuer', 'subject', 'not_before', 'expires', 'body']) {
      await page.getByTestId(`check ${check}`).getByText(': верно').waitFor({ state: 'attached' });
    }
    await page.getByLabel('Тело текстом').fill('{\n  "hello": "world"\n}');
    await page.getByTestId('verdict').getByText('Подпись не принимается').waitFor();
    const body = page.getByTestId('check body');
    await body.getByText('Хеш — от другого тела.').waitFor();
    await body.getByText('записать JSON так, как Python', { exact: false }).waitFor();
    await page.getByLabel('Адрес', { exact: false }).fill(catcher.url.replace('http:', 'https:'));
    await page.getByTestId('check subject').getByText('Различается только схема', { exact: false }).waitFor();
  });

  test('keys are rotated: the next one becomes the current one, and deliveries are signed by it', async () => {
    const { current, next } = await world.broker.json('/v2/keys');
    const page = await world.open('/settings');
    await page.getByRole('button', { name: 'Сменить ключи' }).click();
    await dialog(page).getByRole('button', { name: 'Сменить', exact: true }).click();
    await page.getByText('Ключи сменены: передайте получателям новую пару').waitFor();
    const keys = await world.broker.json('/v2/keys');
    assert.equal(keys.current, next);
    assert.notEqual(keys.next, current);
    await page.getByTestId('secret').first().waitFor();
    assert.equal((await page.content()).includes(keys.next), false, 'they are covered');
    await page.getByRole('button', { name: 'Показать' }).first().click();
    await page.getByTestId('secret').getByText(keys.current).waitFor();
  });
});
