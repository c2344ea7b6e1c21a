// Signing in and out.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { World, allowStatuses, settled } from './world.mjs';

describe('signing in', () => {
  let world;
  before(async () => (world = await World.open()));
  after(() => world.close());
  afterEach(() => world.closePages());

  test('takes a token, explains a wrong one, and ends by a press', async () => {
    const page = await world.page();
    await page.goto(`${world.broker.url}/queues`);
    await page.getByText('По токену этого брокера.', { exact: false }).waitFor();
    await page.getByLabel('Токен').fill('d3Jvbmc=');
    await page.getByRole('button', { name: 'Войти', exact: true }).click();
    await page.locator('.field-error').getByText(/токен/i).waitFor();
    assert.equal(await page.getByLabel('Токен').getAttribute('aria-invalid'), 'true');
    allowStatuses(page, 401);

    await page.getByLabel('Токен').fill(` ${world.broker.token}\n`);
    await page.getByRole('button', { name: 'Войти', exact: true }).click();
    // It leads to where one wanted to go.
    await page.getByRole('heading', { level: 1, name: 'Очереди' }).waitFor();
    const kept = await page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage, ...sessionStorage })]);
    assert.equal(kept[0], '', 'no script sees the cookie');
    assert.equal(kept[1].includes(world.broker.token), false, 'the token is kept nowhere');

    await page.getByTestId('sign-out').click();
    await page.getByLabel('Токен').waitFor();
    await page.reload();
    await page.getByLabel('Токен').waitFor();
  });

  test('lasts over a restart, which an open page waits out', async () => {
    const page = await world.open('/');
    await settled(page);
    await world.restart();
    await page.getByRole('link', { name: 'Очереди', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Очереди' }).waitFor();
    await settled(page);
    page.problems = page.problems.filter((problem) => !/ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK)/.test(problem));
  });

  test('ends for every page when the token is revoked', async () => {
    const { token, record } = await world.broker.json('/admin/v1/tokens', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'short', readOnly: false }),
    });
    const page = await world.open('/queues', { token });
    await settled(page);
    await world.broker.json(`/admin/v1/tokens/${record.id}`, { method: 'DELETE' });
    await page.getByLabel('Токен').waitFor();
    allowStatuses(page, 401);
  });
});

describe('godwit dev', () => {
  let world;
  before(async () => (world = await World.open({ broker: { mode: 'dev' } })));
  after(() => world.close());
  afterEach(() => world.closePages());

  test('lets one in with its public token by a press, without typing', async () => {
    const page = await world.page();
    await page.goto(world.broker.url);
    await page.getByRole('button', { name: 'Войти с публичным токеном godwit dev' }).click();
    await page.getByRole('heading', { level: 1, name: 'Первые шаги' }).waitFor();
  });
});
