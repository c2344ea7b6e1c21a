// The first minute of a newcomer: `godwit dev --with-imagegen` on a fresh directory, without any key.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chromium } from 'playwright-core';

import { Browser } from '../harness/browser.mjs';
import { Broker, freePort } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';
import { binary } from './world.mjs';

test('godwit dev --with-imagegen makes twelve images at 3,600 an hour within a minute', async (t) => {
  const began = performance.now();
  const port = await freePort();
  const broker = await Broker.start({
    mode: 'dev',
    args: [
      ...['--with-imagegen', '--imagegen-binary', binary],
      ...['--imagegen-listen', `127.0.0.1:${port}`],
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  const browser = new Browser(chromium);
  t.after(async () => {
    await browser.close();
    await broker.stop();
  });
  await until('ImageGenService said that it runs', () =>
    broker.stdout.includes(`ImageGenService is running at ${url}\n`),
  );

  const page = await browser.page(() => url);
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  await page.getByRole('link', { name: 'Новая генерация' }).first().click();
  await page.getByRole('button', { name: 'Заполнить примером' }).click();
  await page.getByRole('button', { name: 'Создать', exact: true }).click();
  await page.getByText(/^3\s?600 зап\/час$/).first().waitFor();
  const pressed = performance.now();
  await page.getByRole('button', { name: 'Запустить', exact: true }).click();
  // They come one by one: some are there while others are still awaited.
  await page.locator('[data-testid=tile-done]').nth(3).waitFor();
  assert.ok((await page.locator('[data-testid=tile-empty]').count()) > 0);
  await page.getByText('Готово: 12 изображений').waitFor();
  const since = (start) => (performance.now() - start) / 1_000;
  t.diagnostic(`twelve images ${since(pressed).toFixed(1)} s after «Запустить»`);
  t.diagnostic(`${since(began).toFixed(1)} s after the command`);
  assert.ok(since(pressed) < 60, `${since(pressed)} s`);
  assert.deepEqual(page.problems, []);

  await broker.stop();
  await assert.rejects(fetch(`${url}/healthz`), 'ImageGenService ended with the broker');
});
