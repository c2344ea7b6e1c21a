// Who signs in with a read-only token sees every page, and nothing there acts.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { makeToken, seed } from './seed.mjs';
import { World, allowStatuses, settled } from './world.mjs';

const acting =
  /^(Создать|Нов(ая|ый|ое)\b|Новая|Новый|Новое|Удалить|Отозвать|Приостановить|Возобновить|Закрепить|Открепить|Сбросить оба|Начать новое окно|Изменить|Добавить|Отправить|Запустить|Отменить|Сменить|Забыть|Убрать|Сохранить)/;
// They change what is written on the page and nothing at the broker.
const local = /^(Отправить во встроенную ловушку|Добавить заголовок|Изменить условие|Убрать условие|Убрать все|Убрать заголовок)/;

/** What of these pages acts, at the least: so that a control that goes missing is not taken for one that rests. */
const known = {
  'first steps': ['Отправить первое сообщение'],
  messages: ['Отменить все подходящие…'],
  'a waiting message': ['Запустить сейчас', 'Отменить'],
  'dead letters by reason': ['Отправить снова…', 'Удалить…'],
  'a dead letter': ['Удалить', 'Отправить снова'],
  queues: ['Новая очередь', 'Возобновить', 'Изменить параллельность', 'Удалить'],
  'a queue': ['Возобновить', 'Изменить параллельность', 'Удалить'],
  'a flow control key': [
    'Приостановить',
    'Закрепить ограничения',
    'Открепить частоту',
    'Начать новое окно',
    'Сбросить оба счётчика',
  ],
  schedules: ['Новое расписание', 'Запустить сейчас', 'Приостановить', 'Изменить', 'Удалить'],
  'a schedule': ['Запустить сейчас', 'Приостановить', 'Удалить'],
  'a new schedule': ['Создать'],
  "a schedule's editor": ['Сохранить'],
  'URL groups': ['Новая группа'],
  'a URL group': ['Удалить', 'Добавить адресата', 'Изменить заголовки', 'Убрать'],
  'the request builder': ['Отправить'],
  settings: ['Новый токен', 'Отозвать', 'Сменить ключи'],
};

/** {name, off, why} of the buttons of the page and of the entries of its menus. */
async function controls(page) {
  const read = (locator) =>
    locator.evaluateAll((all) =>
      all.map((control) => ({
        name: (control.querySelector('.menu-text') ?? control).textContent.trim() ||
          control.getAttribute('aria-label') || '',
        off: control.getAttribute('aria-disabled') === 'true' || control.disabled === true,
        why: [control.dataset.tip, control.querySelector('.menu-hint')?.textContent].join(' '),
      })),
    );
  const found = await read(page.locator('main').getByRole('button'));
  const menus = page.locator('main button[aria-haspopup="menu"]');
  for (let at = 0; at < (await menus.count()); at += 1) {
    await menus.nth(at).click();
    const entries = page.locator('.menu:popover-open [role^="menuitem"]');
    await entries.first().waitFor();
    found.push(...(await read(entries)));
    await page.keyboard.press('Escape');
    await page.locator('.menu:popover-open').waitFor({ state: 'hidden' });
  }
  return found;
}

describe('a read-only token', () => {
  let world;
  let seeded;
  let token;
  before(async () => {
    world = await World.open();
    seeded = await seed(world);
    token = await makeToken(world, 'wall', true);
  });
  after(() => world.close());
  afterEach(() => world.closePages());

  test('opens every page, where all that acts rests and says why', async () => {
    const page = await world.open('/', { token });
    await page.getByText('Только чтение', { exact: false }).first().waitFor();
    const changes = [];
    page.on('request', (request) => {
      if (!['GET', 'HEAD'].includes(request.method())) changes.push(request.url());
    });
    for (const [name, path] of Object.entries(seeded.paths)) {
      await page.goto(world.broker.url + path);
      await settled(page);
      const found = await controls(page);
      for (const word of known[name] ?? []) {
        assert.ok(
          found.some((control) => control.name === word),
          `${name}: «${word}» is there, among ${found.map((control) => control.name).join(', ')}`,
        );
      }
      for (const control of found) {
        if (!acting.test(control.name) || local.test(control.name)) continue;
        assert.ok(control.off, `${name}: «${control.name}» rests`);
        assert.match(control.why, /только для чтения|Он задан в конфигурации|Вы вошли с ним/, `${name}: «${control.name}» says why`);
      }
    }
    assert.deepEqual(changes, [], 'no page asks for a change by itself');
  });

  test('a press on what rests, and a key for it, send nothing', async () => {
    const page = await world.open(`/messages/${seeded.waiting}`, { token });
    const changes = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET') changes.push(request.url());
    });
    // It is disabled, and pressed nevertheless.
    await page.getByRole('button', { name: 'Запустить сейчас' }).click({ force: true });
    await page.keyboard.press('KeyR');
    await page.getByTestId('cancel').click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 0, 'it is not even asked');
    await world.inState(seeded.waiting, 'waiting');
    assert.deepEqual(changes, []);
  });

  test('sees no signing keys', async () => {
    const page = await world.open('/settings', { token });
    await page.getByText('Токену только для чтения ключи подписи не показываются', { exact: false }).waitFor();
    const html = await page.content();
    for (const key of Object.values(world.broker.keys)) assert.equal(html.includes(key), false);
  });

  test('gets 403 for every change that its session asks for itself', async () => {
    const page = await world.open('/', { token });
    await settled(page);
    const { destination } = world;
    const changes = [
      ['POST', `/v2/publish/${destination.url}/ok`],
      ['POST', '/v2/batch'],
      ['POST', `/v2/enqueue/seeded-queue/${destination.url}/ok`],
      ['POST', `/v2/schedules/${destination.url}/ok`],
      ['DELETE', `/v2/messages/${seeded.waiting}`],
      ['DELETE', '/v2/messages'],
      ['POST', `/v2/messages/${seeded.waiting}/retry`],
      ['POST', '/v2/queues'],
      ['POST', '/v2/queues/seeded-queue/resume'],
      ['DELETE', '/v2/queues/seeded-queue'],
      ['POST', '/v2/flowControl/seeded-key/pause'],
      ['POST', '/v2/flowControl/seeded-key/pin?rate=1'],
      ['POST', '/v2/flowControl/seeded-key/reset'],
      ['POST', '/v2/topics/seeded-group/endpoints'],
      ['DELETE', '/v2/topics/seeded-group'],
      ['POST', '/v2/schedules/seeded-schedule/pause'],
      ['DELETE', '/v2/schedules/seeded-schedule'],
      ['DELETE', `/v2/dlq/${seeded.letter}`],
      ['POST', '/v2/keys/rotate'],
      ['POST', '/admin/v1/messages/cancel', { filter: {} }],
      ['POST', '/admin/v1/schedules/seeded-schedule/run'],
      ['POST', `/admin/v1/dead-letters/${seeded.letter}/replay`, {}],
      ['POST', '/admin/v1/dead-letters/replay', { filter: {} }],
      ['POST', '/admin/v1/dead-letters/delete', { filter: {} }],
      ['POST', '/admin/v1/tokens', { name: 'mine', readOnly: false }],
      ['DELETE', '/admin/v1/catcher'],
    ];
    const statuses = await page.evaluate(async (wanted) => {
      const { csrfToken, readOnly } = await (await fetch('/admin/v1/session')).json();
      const answers = [['readOnly', readOnly]];
      for (const [method, path, body] of wanted) {
        const { status } = await fetch(path, {
          method,
          headers: { 'X-CSRF-Token': csrfToken, 'Content-Type': 'application/json' },
          ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
        });
        answers.push([`${method} ${path}`, status]);
      }
      return answers;
    }, changes);
    assert.deepEqual(statuses.shift(), ['readOnly', true]);
    assert.deepEqual(statuses, changes.map(([method, path]) => [`${method} ${path}`, 403]));
    allowStatuses(page, 403);
    await world.inState(seeded.waiting, 'waiting');
  });
});
