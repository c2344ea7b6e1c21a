// What holds on every page: names and landmarks, a phone's width, both themes, both languages, keys.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { faults } from './accessibility.mjs';
import { seed } from './seed.mjs';
import { World, patience, settled } from './world.mjs';

describe('every page', () => {
  let world;
  let seeded;
  before(async () => {
    world = await World.open();
    seeded = await seed(world);
  });
  after(() => world.close());
  afterEach(() => world.closePages());

  const everywhere = async (page, look) => {
    const wrong = [];
    for (const [name, path] of Object.entries(seeded.paths)) {
      await page.goto(world.broker.url + path);
      await settled(page);
      for (const fault of await look(name)) wrong.push(`${name}: ${fault}`);
    }
    assert.deepEqual(wrong, []);
  };

  test('has a title of its own, one first heading, landmarks, and a name for every control', async () => {
    const page = await world.open('/');
    const titles = new Map();
    await everywhere(page, async (name) => {
      titles.set(name, await page.title());
      return faults(page);
    });
    assert.match(titles.get('messages'), /^Сообщения · Godwit$/);
    assert.notEqual(titles.get('a queue'), titles.get('queues'));
  });

  test('fits a phone, in the dark and in English', async () => {
    const page = await world.open('/', {
      locale: 'en-US',
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    });
    await everywhere(page, async () => {
      const { wider, luminance, russian } = await page.evaluate(() => {
        const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).map(Number);
        return {
          wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          luminance: (red + green + blue) / 3,
          russian: /[а-яё]{3}/i.exec(document.querySelector('main').innerText)?.[0] ?? '',
        };
      });
      return [
        wider === 0 ? '' : `${wider} px wider than the phone`,
        luminance < 80 ? '' : `the ground is light: ${luminance}`,
        russian === '' ? '' : `Russian on an English page: ${russian}`,
      ].filter(Boolean);
    });
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Messages' }).click();
    await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor();
  });

  test('fits a phone, in the light and in Russian', async () => {
    const page = await world.open('/', {
      viewport: { width: 390, height: 844 },
      colorScheme: 'light',
      hasTouch: true,
      isMobile: true,
    });
    await everywhere(page, async () => {
      const { wider, luminance } = await page.evaluate(() => {
        const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).map(Number);
        return {
          wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          luminance: (red + green + blue) / 3,
        };
      });
      return [
        wider === 0 ? '' : `${wider} px wider than the phone`,
        luminance > 200 ? '' : `the ground is dark: ${luminance}`,
      ].filter(Boolean);
    });
  });

  test('language and theme that somebody chose are kept', async () => {
    const page = await world.open('/messages', { colorScheme: 'light' });
    await settled(page);
    await page.getByTestId('locale-menu').click();
    await page.getByRole('menuitemradio', { name: 'English' }).click();
    await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor();
    await page.getByTestId('theme-menu').click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor();
    const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    assert.ok(ground.match(/[\d.]+/g).slice(0, 3).every((part) => Number(part) < 80), ground);
  });
});

/** Keys as a Russian keyboard sends them: the sign is of that layout, the place is the key's. */
const russian = {
  KeyJ: 'о', KeyK: 'л', KeyX: 'ч', KeyR: 'к', KeyL: 'д', Slash: '.',
};

describe('the messages with keys alone, in a Russian layout', () => {
  let world;
  before(async () => (world = await World.open()));
  after(() => world.close());
  afterEach(() => world.closePages());

  async function keyboard(page) {
    const wire = await page.context().newCDPSession(page);
    return async (code, { modifiers = 0 } = {}) => {
      const key = russian[code] ?? code;
      const event = { code, key, modifiers, windowsVirtualKeyCode: code.startsWith('Key') ? code.charCodeAt(3) : 191 };
      await wire.send('Input.dispatchKeyEvent', { type: 'keyDown', text: modifiers === 0 ? key : '', ...event });
      await wire.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    };
  }

  test('search, walk, choose, cancel, open, run now, and back', async () => {
    const delayed = { 'Upstash-Delay': '1h', 'Upstash-Label': 'keys' };
    const ids = await world.batch(Array.from({ length: 3 }, () => ({ path: '/ok', headers: delayed })));
    await world.batch([{ path: '/ok', headers: { 'Upstash-Delay': '1h' } }]);
    const page = await world.open('/messages');
    await page.locator('[data-message]').first().waitFor();
    const press = await keyboard(page);
    const focused = () => page.evaluate(() => document.activeElement?.closest('[data-message]')?.dataset.message ?? document.activeElement?.getAttribute('role'));
    const at = (what) => until(`the focus is at ${what}`, async () => (await focused()) === what, { deadline: patience });

    await press('Slash');
    await at('combobox');
    await page.keyboard.type('label:keys');
    await page.keyboard.press('Enter');
    await until('three rows are left', async () => (await page.locator('[data-message]').count()) === 3, { deadline: patience });
    // Enter left the focus in the box; Escape closes what it offers, then leaves it.
    await until('the box is left', async () => {
      if ((await focused()) !== 'combobox') return true;
      await page.keyboard.press('Escape');
      return false;
    }, { deadline: patience, every: 50 });

    const shown = await page.locator('[data-message]').evaluateAll((all) => all.map(({ dataset }) => dataset.message));
    assert.deepEqual(new Set(shown), new Set(ids));
    await press('KeyJ');
    await at(shown[0]);
    await press('KeyJ');
    await at(shown[1]);
    await press('KeyK');
    await at(shown[0]);
    await press('KeyX');
    await page.getByTestId('messages-selection').getByText('Выбрано 1').waitFor();

    // Tab goes to the button that cancels what is chosen; the dialog then has the focus.
    await until('the focus is at the cancelling', async () => {
      const test = await page.evaluate(() => document.activeElement?.dataset.testid);
      if (test === 'selection-cancel') return true;
      await page.keyboard.press('Shift+Tab');
      return false;
    }, { deadline: patience, every: 20 });
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Будет отменено 1 незавершённое сообщение.').waitFor();
    await until('the focus is at the answer', async () => {
      const test = await page.evaluate(() => document.activeElement?.dataset.testid);
      if (test === 'cancel-start') return true;
      await page.keyboard.press('Tab');
      return false;
    }, { deadline: patience, every: 20 });
    await page.keyboard.press('Enter');
    await page.getByTestId('cancel-progress').getByText('Отменено 1 сообщение.').waitFor();
    await world.inState(shown[0], 'canceled');

    await page.evaluate(() => document.activeElement?.blur());
    await press('KeyJ');
    await press('KeyJ');
    await at(shown[1]);
    await page.keyboard.press('Enter');
    await page.getByTestId('sentence').waitFor();
    assert.equal(new URL(page.url()).pathname, `/messages/${shown[1]}`);
    await press('KeyR');
    await page.getByTestId('sentence').getByText('Доставлено на 1-й попытке', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Сообщения' }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('label'), 'keys', 'back at the list that it came from');
    await world.inState(shown[2], 'waiting');
  });

  test('the palette and the list of keys open in any layout', async () => {
    const page = await world.open('/');
    await settled(page);
    const press = await keyboard(page);
    await press('KeyK', { modifiers: 2 });
    const palette = page.getByRole('dialog');
    await palette.waitFor();
    await page.keyboard.type('Очер');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Очереди' }).waitFor();
    await press('Slash', { modifiers: 8 });
    await page.getByRole('dialog').getByText('Следующая строка').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });
});
