// The dead letters: grouped by what they have in common, repaired, sent again, deleted; in exact numbers.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, patience, textOf } from './world.mjs';

describe('dead letters', () => {
  let world;
  before(async () => (world = await World.open({ load: 3 })));
  after(() => world.close());
  afterEach(() => world.closePages());

  const once = { 'Upstash-Retries': '0' };
  const fail = async (status, count, label) => {
    const ids = await world.batch(
      Array.from({ length: count }, (_, number) => ({
        path: `/status/${status}`,
        headers: { ...once, 'Upstash-Label': label, 'Content-Type': 'application/json' },
        body: `{"number":${number}}`,
      })),
    );
    const ended = await Promise.all(ids.map((id) => world.inState(id, 'failed')));
    return ended.map(({ id, relations }) => ({ id, letter: relations.deadLetter }));
  };
  const left = async (query) =>
    (await world.broker.json(`/admin/v1/dead-letters?limit=1000&${query}`)).deadLetters.length;
  const group = (page, status) =>
    page.getByTestId('letter-group').filter({ hasText: String(status) });

  test('many are sent again and many deleted, exactly as many as was said', async () => {
    const again = await fail(503, 12, 'again');
    await fail(418, 5, 'gone');
    const page = await world.open('/dead-letters');
    assert.equal(await textOf(group(page, 503).locator('strong')), '12');
    assert.equal(await textOf(group(page, 418).locator('strong')), '5');

    // What was down is up again.
    world.destination.respond = () => ({ status: 200 });
    const arrivals = () => world.destination.arrivals.filter(({ path }) => path === '/status/503').length;
    const earlier = arrivals();
    await group(page, 503).getByTestId('group-replay').click();
    await page.getByRole('dialog').getByText('Отправить снова 12 недоставленных?').waitFor();
    await page.getByRole('dialog').getByText('Все будут опубликованы сразу.').waitFor();
    await page.getByTestId('replay-start').click();
    await page.getByTestId('action').getByText('Готово: 12').waitFor();
    await until('all arrive', () => arrivals() === earlier + 12, { deadline: patience });
    assert.deepEqual([await left('status=503'), await left('status=418')], [0, 5]);
    const first = await world.broker.json(`/admin/v1/messages/${again[0].id}`);
    assert.equal(first.relations.replayedAs.length, 1, 'the old message names the new one');

    await group(page, 503).waitFor({ state: 'hidden' });
    await group(page, 418).getByTestId('group-delete').click();
    await page.getByRole('dialog').getByText('Удалить 5 недоставленных?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить 5' }).click();
    await page.getByTestId('action').getByText('Готово: 5').waitFor();
    assert.equal(await left('status=418'), 0);
    assert.equal(arrivals(), earlier + 12, 'nothing was sent twice');
  });

  test('chosen ones of the list are deleted and no other', async () => {
    world.destination.respond = () => ({ status: 507 });
    const letters = await fail(507, 4, 'some');
    const page = await world.open('/dead-letters?view=list&status=507');
    for (const { letter } of letters.slice(0, 3)) {
      await page.getByRole('checkbox', { name: `Выбрать ${letter}` }).check();
    }
    await page.getByTestId('selection-delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Удалить 3' }).click();
    await page.getByTestId('action').getByText('Готово: 3').waitFor();
    const { deadLetters } = await world.broker.json('/admin/v1/dead-letters?status=507');
    assert.deepEqual(deadLetters.map(({ id }) => id), [letters[3].letter]);
  });

  test('one is repaired and sent again; what was changed is kept with the new message', async () => {
    world.destination.respond = ({ path }) => ({ status: path.startsWith('/repaired') ? 200 : 422 });
    const [{ letter }] = await fail(422, 1, 'repair');
    const page = await world.open(`/dead-letters/${letter}`);
    await page.getByText('Ничего: уйдёт как было.').waitFor();
    await page.getByLabel('URL', { exact: true }).fill(`${world.destination.url}/repaired`);
    await page.getByLabel('Тело', { exact: true }).fill('{"number":1}');
    await page.getByRole('button', { name: 'Добавить заголовок' }).click();
    await page.getByLabel('Имя', { exact: true }).last().fill('X-Repaired');
    await page.getByLabel('Значение', { exact: true }).last().fill('by hand');
    await page.getByTestId('diff').getByText('Заголовок X-Repaired', { exact: false }).waitFor();
    await page.getByTestId('diff').getByText('{"number":1}').waitFor();
    await page.getByRole('button', { name: 'Отправить с изменениями' }).click();

    await page.getByTestId('sentence').getByText('Доставлено на 1-й попытке', { exact: false }).waitFor();
    const id = new URL(page.url()).pathname.split('/').pop();
    const [arrival] = await world.destination.waitFor(id, { deadline: patience });
    assert.equal(arrival.path, '/repaired');
    assert.equal(arrival.text, '{"number":1}');
    assert.equal(arrival.headers['x-repaired'], 'by hand');
    const kept = page.getByTestId('diff');
    await kept.getByText(`${world.destination.url}/status/422`).waitFor();
    await kept.getByText('{"number":0}').waitFor();
    await page.getByText('Отправлено снова из').waitFor();
    assert.equal(await left('label=repair'), 0);
  });
});
