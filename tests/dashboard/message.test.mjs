// The page of one message: why it waits, what was tried and why that failed, what it carries.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { binary, freePort } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';
import { World, allowStatuses, choose, patience, settled, textOf } from './world.mjs';

describe('the page of a message', () => {
  let world;
  before(async () => (world = await World.open()));
  after(() => world.close());
  afterEach(() => world.closePages());

  const sentence = (page) => page.getByTestId('sentence');
  const open = async (id, options) => {
    const page = await world.open(`/messages/${id}`, options);
    await sentence(page).waitFor();
    return page;
  };

  test('says why it waits and how long still, and «Запустить сейчас» delivers it', async () => {
    const id = await world.publish('/hook?a=1', { headers: { 'Upstash-Delay': '100m' }, body: 'x' });
    const page = await open(id);
    await sentence(page).getByText('Ждёт, потому что его время ещё не наступило').waitFor();
    const told = await textOf(sentence(page));
    assert.match(told, /следующая попытка через 1 ч \d+ мин/);
    assert.equal(world.destination.of(id).length, 0);

    await page.getByRole('button', { name: 'Запустить сейчас' }).click();
    const [arrival] = await world.destination.waitFor(id, { deadline: patience });
    assert.deepEqual([arrival.path, arrival.text], ['/hook?a=1', 'x']);
    await sentence(page).getByText('Доставлено на 1-й попытке', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Запустить сейчас' }).waitFor({ state: 'hidden' });
  });

  test('the countdown of a near attempt counts', async () => {
    const id = await world.publish('/ok', { headers: { 'Upstash-Delay': '55s' } });
    const page = await open(id);
    const left = async () => Number(/через (\d+) с/.exec(await textOf(sentence(page)))?.[1]);
    const first = await until('the seconds are told', left, { deadline: patience });
    await until('there are fewer of them', async () => (await left()) < first, { deadline: patience });
  });

  test('«Отменить» asks, cancels, and nothing is delivered', async () => {
    const headers = { 'Upstash-Delay': '1h', 'Upstash-Label': 'kept' };
    const id = await world.publish('/never', { headers });
    const page = await open(id);
    await page.getByTestId('cancel').click();
    const question = page.getByRole('dialog');
    await question.getByRole('button', { name: 'Оставить' }).click();
    assert.deepEqual(await world.canceled('kept'), [], 'whoever keeps it cancels nothing');
    await page.getByTestId('cancel').click();
    await question.getByRole('button', { name: 'Отменить сообщение' }).click();
    await sentence(page).getByText('Отменено до первой попытки', { exact: false }).waitFor();
    assert.deepEqual(await world.canceled('kept'), [id]);
    assert.equal(world.destination.of(id).length, 0);
  });

  test('an attempt that nobody answered is explained, with the time of the next one', async () => {
    const port = await freePort();
    const id = await world.broker.publish(`http://127.0.0.1:${port}/hook`, {
      headers: { 'Upstash-Retry-Delay': '3600000' },
    });
    await world.inState(id, 'retrying');
    const page = await open(id);
    await sentence(page).getByText('попытка 1 из 4 осталась без ответа', { exact: false }).waitFor();
    const diagnosis = page.getByTestId('diagnosis');
    await diagnosis.getByText(`На 127.0.0.1:${port} никто не слушает.`).waitFor();
    await diagnosis.getByText('Запустите там своё приложение', { exact: false }).waitFor();
    await page.getByRole('heading', { name: 'Что осталось' }).waitFor();
  });

  test('an answer that refuses is shown with its headers and body', async () => {
    world.destination.respond = () => ({
      status: 422,
      headers: { 'Content-Type': 'application/json', 'X-Reason': 'no-such-order' },
      body: '{"error":"order 7 is unknown"}',
    });
    const id = await world.publish('/orders', { headers: { 'Upstash-Retries': '0' }, body: '{}' });
    await world.inState(id, 'failed');
    const page = await open(id);
    await page.getByTestId('diagnosis').getByText('Адресат отверг запрос: 422.').waitFor();
    const attempt = page.getByTestId('attempt');
    await attempt.getByText('order 7 is unknown', { exact: false }).first().waitFor();
    await attempt.getByRole('tab', { name: 'Заголовки ответа' }).click();
    await attempt.getByText('no-such-order').waitFor();
    await attempt.getByRole('tab', { name: 'Отправленные заголовки' }).click();
    await attempt.getByText(id, { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'Исправить и отправить снова' }).click();
    await page.getByRole('heading', { name: 'Отправить снова' }).waitFor();
  });

  test('JSON is drawn as a tree, other bodies as they are, and hidden ones not at all', async () => {
    const delayed = { 'Upstash-Delay': '1h' };
    const json = await world.publish('/ok', {
      headers: { ...delayed, 'Content-Type': 'application/json' },
      body: '{"bird":{"name":"веретенник","legs":2},"seen":[true,null]}',
    });
    const page = await open(json);
    const body = page.locator('.payload').last();
    await body.getByText('веретенник', { exact: false }).waitFor();
    await body.getByText('legs', { exact: false }).waitFor();
    await body.getByText('Hex', { exact: true }).click();
    await body.getByText('7b 22 62 69 72 64', { exact: false }).first().waitFor();

    const hidden = await world.publish('/ok', {
      headers: {
        ...delayed,
        'Upstash-Redact-Fields': 'body,header[Authorization]',
        'Upstash-Forward-Authorization': 'Bearer very-secret-value',
        'Upstash-Forward-X-Plain': 'seen',
      },
      body: 'a secret body',
    });
    const other = await open(hidden);
    await other.getByText('Тело закрыто при публикации', { exact: false }).waitFor();
    await other.getByText('скрыто', { exact: true }).first().waitFor();
    await other.getByText('seen', { exact: true }).waitFor();
    const html = await other.content();
    assert.equal(html.includes('very-secret-value'), false);
    assert.equal(html.includes('a secret body'), false);
  });

  for (const [program, line] of [
    ['curl', /^.*Upstash-(Delay|Not-Before).*\n/m],
    ['godwit publish (CLI)', /^.*--(delay|not-before)=.*\n/m],
  ]) test(`«Скопировать как» ${program} gives a command that publishes the same again`, async () => {
    const id = await world.publish('/copied?q=a%20b&c=$HOME', {
      headers: {
        'Upstash-Delay': '1h',
        'Upstash-Method': 'PUT',
        'Upstash-Label': 'copy',
        'Upstash-Forward-X-Quotes': `it's "quoted" \\ $(id) \`id\``,
        'Content-Type': 'text/plain',
      },
      body: `it's a body with "quotes", $HOME, \`id\`, !bang and\nтри строки\n`,
    });
    const page = await open(id, { permissions: ['clipboard-read', 'clipboard-write'] });
    await choose(page, page.getByTestId('copy-as'), program);
    await page.getByText(`Скопировано: ${program}`).waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(command.includes(world.broker.token), false, 'the token is not in it');

    // The original waits for an hour: without the delay its copy comes at once.
    const atOnce = command.replace(line, '');
    assert.notEqual(atOnce, command);
    const output = execFileSync('bash', ['-c', atOnce], {
      env: { ...process.env, PATH: `${dirname(binary)}:${process.env.PATH}`, QSTASH_TOKEN: world.broker.token },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { messageId } = JSON.parse(output);
    assert.notEqual(messageId, id);
    const [arrival] = await world.destination.waitFor(messageId, { deadline: patience });
    assert.equal(arrival.method, 'PUT');
    assert.equal(arrival.path, '/copied?q=a%20b&c=$HOME');
    assert.equal(arrival.text, `it's a body with "quotes", $HOME, \`id\`, !bang and\nтри строки\n`);
    assert.equal(arrival.headers['x-quotes'], `it's "quoted" \\ $(id) \`id\``);
    assert.equal(arrival.headers['content-type'], 'text/plain');
  });

  test('says what its duplicates are known by', async () => {
    const id = await world.publish('/once', { headers: { 'Upstash-Delay': '1h', 'Upstash-Deduplication-Id': 'order-17' }, body: 'x' });
    assert.equal(await world.publish('/once', { headers: { 'Upstash-Deduplication-Id': 'order-17' }, body: 'y' }), id);
    const page = await open(id);
    await page.getByText('На публикации с идентификатором order-17 вскоре после этой отвечают этим же сообщением.').waitFor();
  });

  test('an id that is not there is told, with how long messages are kept', async () => {
    const page = await world.open('/messages/msg_nobody');
    await settled(page);
    await page.getByText('Этого сообщения здесь нет').waitFor();
    await page.getByText('engine.log_retention').waitFor();
    allowStatuses(page, 400, 404);
  });
});
