// What a person does with the pages, in a real browser, by the words that stand on them.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, geminiKey, openaiKey } from './world.mjs';

/** The problems that pages had: console errors, exceptions, requests to other hosts. */
async function close(page) {
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

const images = (page) => page.locator('main img');

/** All images of the page were loaded and decoded. */
const drawn = (page, count) =>
  until(
    `${count} images are drawn`,
    async () => {
      const widths = await images(page).evaluateAll((all) =>
        all.map((image) => image.naturalWidth),
      );
      return widths.length >= count && widths.slice(0, count).every((width) => width > 0);
    },
    { deadline: 60_000, every: 100 },
  );

describe('a newcomer without any keys', () => {
  let world;
  before(async () => (world = await World.open({ keys: false })));
  after(() => world.close());

  test('makes twelve images from the sample and watches them arrive', async () => {
    const page = await world.page();
    await page.goto(world.application.url);
    await page.getByRole('link', { name: 'Генерации' }).first().click();
    await page
      .getByRole('link', { name: /Новая генерация|Создать/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Заполнить примером' }).click();
    await page.getByRole('button', { name: 'Создать', exact: true }).click();
    await page.getByRole('button', { name: 'Запустить', exact: true }).click();
    await drawn(page, 12);
    await page.getByText('Готово: 12 изображений').waitFor();
    await page.getByText('Демо-картинки').first().waitFor();
    await close(page);
  });

  test('the same works on a phone, in English and in the dark', async () => {
    const page = await world.page({
      locale: 'en-US',
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
    });
    await page.goto(`${world.application.url}/generations/new`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.getByRole('button', { name: 'Fill in an example' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await drawn(page, 3);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, 'nothing is wider than the phone');
    await close(page);
  });
});

describe('images of two parameters', () => {
  let world;
  before(async () => (world = await World.open({ keys: false })));
  after(() => world.close());

  test('stand in a table of their values, which turns, and open from it', async () => {
    const { application } = world;
    for (const [name, values] of [
      ['bird', ['heron', 'snipe', 'crane']],
      ['light', ['dawn', 'noon']],
    ]) {
      await application.json('POST', '/api/parameters', { name, values });
    }
    const generation = await application.generation(['a {{bird}} at {{light}}'], { model: 'demo' });
    await application.json('POST', `/api/generations/${generation.id}/start`, {});
    await application.finished(generation.id);

    const page = await world.page();
    await page.goto(`${application.url}/gallery?view=matrix&generation=${generation.id}`);
    const table = page.getByTestId('matrix');
    const headings = (scope) => table.locator(`th[scope=${scope}]`).allInnerTexts();
    await drawn(page, 6);
    const before = [await headings('row'), await headings('col')];
    assert.deepEqual(before.map((names) => names.length).sort(), [2, 3]);
    assert.deepEqual(before.flat().sort(), ['crane', 'dawn', 'heron', 'noon', 'snipe']);
    assert.equal(await table.locator('td img').count(), 6);
    await page.getByRole('button', { name: 'Поменять строки и столбцы местами' }).click();
    await until('the table has turned', async () => {
      const after = [await headings('col'), await headings('row')];
      return JSON.stringify(after) === JSON.stringify(before);
    });
    await table.getByRole('button', { name: /a snipe at noon/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('a snipe at noon').first().waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await close(page);
  });
});

describe('without a token', () => {
  let world;
  before(async () => {
    world = await World.open({
      withToken: false,
      keys: false,
      recorded: true,
    });
  });
  after(async () => {
    await world.close();
  });

  test('«Запустить» warns, nothing leaves, and «Обработать локально» makes the images', async () => {
    const generation = await world.application.generation(['a wader'], { model: 'demo' });
    const page = await world.page();
    await page.goto(`${world.application.url}/generations/${generation.id}`);
    await page.getByRole('button', { name: 'Запустить', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Не указан QStash Token.', { exact: false }).first().waitFor();
    assert.deepEqual(world.recorder.published(), []);
    await dialog.getByRole('button', { name: 'Обработать локально' }).click();
    await drawn(page, 1);
    await page.getByText('Локальная обработка').first().waitFor();
    assert.deepEqual(world.recorder.published(), []);
    page.problems = page.problems.filter((problem) => !problem.includes('409'));
    await close(page);
  });

  test('settings are saved by the words of the guide, and shown masked after a reload', async () => {
    const page = await world.page();
    await page.goto(world.application.url);
    await page.getByRole('link', { name: 'Настройки' }).first().click();
    await page.getByRole('heading', { name: 'API Ключи' }).waitFor();
    await page.getByLabel('QStash Token', { exact: true }).fill(world.broker.token);
    await page.getByLabel('OpenAI API Key', { exact: true }).fill(openaiKey);
    await page.getByLabel('Gemini API Key', { exact: true }).fill(geminiKey);
    await page.getByRole('button', { name: 'Сохранить настройки' }).click();
    await page.getByText('Настройки сохранены').first().waitFor();

    await world.application.stop();
    await world.startApplication();
    await page.reload();
    await page.getByRole('heading', { name: 'API Ключи' }).waitFor();
    const masked = `••••${geminiKey.slice(-4)}`;
    await until('the mask is shown', async () => {
      const values = await page
        .locator('input')
        .evaluateAll((all) => all.map(({ value }) => value));
      return values.includes(masked);
    });
    const html = await page.content();
    for (const secret of [world.broker.token, openaiKey, geminiKey]) {
      assert.equal(html.includes(secret), false);
    }
    page.problems = page.problems.filter((problem) => !problem.includes('ERR_'));
    await close(page);
  });
});

describe('with keys', () => {
  let world;
  before(async () => (world = await World.open()));
  after(() => world.close());
  const pages = [];
  afterEach(async () => {
    while (pages.length) await close(pages.pop());
  });
  const open = async (path, options) => {
    const page = await world.page(options);
    pages.push(page);
    await page.goto(world.application.url + path);
    return page;
  };

  test('two tabs both see every result, and stop asking when all is done', async () => {
    const generation = await world.application.generation(['a curlew', 'a whimbrel', 'a godwit']);
    const tabs = await Promise.all([1, 2].map(() => open(`/generations/${generation.id}`)));
    await tabs[0].getByRole('button', { name: 'Запустить', exact: true }).click();
    await Promise.all(tabs.map((tab) => drawn(tab, 3)));
    await Promise.all(tabs.map((tab) => tab.getByText('Готово: 3 изображения').waitFor()));
  });

  test('an image that the provider refuses is shown with the reason in words', async () => {
    const generation = await world.application.generation(['a gull', 'a forbidden bird #safety']);
    const page = await open(`/generations/${generation.id}`);
    await page.getByRole('button', { name: 'Запустить', exact: true }).click();
    await page.getByText('Готово: 1 из 2, ошибок 1').waitFor();
    await page.getByText('Задачи', { exact: true }).last().click();
    await page.getByText('Ошибка', { exact: true }).first().waitFor();
  });

  test('a parameter with values by AI, a prompt that uses it, and their generation', async () => {
    const page = await open('/parameters/new');
    await page.getByLabel('Название').or(page.getByLabel('Имя')).first().fill('погода');
    await page.getByRole('button', { name: 'Сгенерировать с AI' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByRole('button', { name: /Сгенерировать|Предложить/ })
      .first()
      .click();
    await dialog
      .getByRole('button', { name: /Заменить|Добавить|Принять/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /Сохранить|Создать/ })
      .first()
      .click();
    const parameter = await until('the parameter is saved', async () => {
      const { parameters } = await world.application.json('GET', '/api/parameters');
      return parameters.find(({ name }) => name === 'погода');
    });
    assert.ok(parameter.values.length > 0);
    await world.application.json('POST', '/api/prompts', {
      name: 'С погодой',
      content: 'болото, {{погода}}',
    });
    const { prompts } = await world.application.json('GET', '/api/prompts');
    assert.equal(
      prompts.find(({ name }) => name === 'С погодой').variants,
      parameter.values.length,
    );
  });

  test('the gallery opens an image, walks by keys and stars it', async () => {
    const generation = await world.application.generation(['an avocet', 'a stilt']);
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    await world.application.finished(generation.id);
    const page = await open(`/gallery?generationId=${generation.id}`);
    await drawn(page, 2);
    await images(page).first().click();
    const viewer = page.getByRole('dialog');
    await viewer.getByText('a stilt', { exact: false }).first().waitFor();
    await page.keyboard.press('ArrowRight');
    await viewer.getByText('an avocet', { exact: false }).first().waitFor();
    await page.keyboard.press('Escape');
    await viewer.waitFor({ state: 'hidden' });
  });

  test('diagnostics finds everything in order, and help marks what is done', async () => {
    const page = await open('/diagnostics');
    await page.getByRole('heading', { name: 'Диагностика' }).waitFor();
    await until(
      'the checks have ended',
      async () => {
        const { checks } = await world.application.json('GET', '/api/diagnostics');
        return checks.every(({ state }) => state !== 'failed');
      },
      { deadline: 30_000, every: 500 },
    );
    const help = await open('/help');
    await help.getByRole('heading', { name: 'Настройка QStash' }).first().waitFor();
  });

  test('what people write is text and never runs', async () => {
    const evil = [
      '<img src=x onerror="window.evil=1">',
      '"><script>window.evil=1</script>',
      "javascript:window.evil=1//'",
      '{{constructor}} ${window.evil=1} <svg/onload=window.evil=1>',
    ];
    for (const name of evil) {
      await world.application.json('POST', '/api/prompts', { name, content: `${name} bird` });
    }
    const generation = await world.application.generation(evil.slice(0, 3), {
      name: evil[0],
      style: evil[1],
    });
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    await world.application.finished(generation.id);
    for (const path of ['/prompts', '/generations', `/generations/${generation.id}`, '/gallery']) {
      const page = await open(path);
      await page.getByText('window.evil', { exact: false }).first().waitFor({ state: 'attached' });
      assert.equal(await page.evaluate(() => window.evil), undefined, path);
    }
  });
});
