import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Broker } from '../harness/broker.mjs';
import { until, within } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';
import { RawConnection } from '../harness/raw.mjs';

let broker;
let destination;
before(async () => {
  destination = await Destination.start();
  broker = await Broker.start();
});
after(async () => {
  await broker.stop();
  await destination.stop();
});

const open = () => RawConnection.open(broker.port);
const authorization = () => `Authorization: Bearer ${broker.token}\r\n`;

/** Publishes one after the other; the slowest answer in ms. All must be delivered. */
async function serve(count, path) {
  let slowest = 0;
  const ids = [];
  for (let i = 0; i < count; ++i) {
    const start = performance.now();
    const request = broker.publish(`${destination.url}${path}`, { body: String(i) });
    ids.push(await within(5_000, 'an acknowledgement', request));
    slowest = Math.max(slowest, performance.now() - start);
  }
  for (const id of ids) await destination.waitFor(id);
  return slowest;
}

test('500 idle or trickling connections leave the others untouched', async (context) => {
  await serve(100, '/warm-up');
  const quiet = await serve(200, '/quiet');

  const hostile = await Promise.all(Array.from({ length: 500 }, open));
  const target = `POST /v2/publish/${destination.url}/trickle HTTP/1.1\r\nHost: x\r\nX-Slow: `;
  const body = `POST /v2/publish/${destination.url}/body HTTP/1.1\r\nHost: x\r\n${authorization()}Content-Length: 100000\r\n\r\n`;
  let at = 0;
  // A third says nothing at all, a third trickles a head, a third a body.
  const trickle = setInterval(() => {
    for (const [i, connection] of hostile.entries()) {
      if (connection.closed || i % 3 === 0) continue;
      const text = i % 3 === 1 ? target : body;
      connection.send(at < text.length ? text[at] : 'x');
    }
    at += 1;
  }, 50);
  context.after(() => {
    clearInterval(trickle);
    for (const connection of hostile) connection.close();
  });
  await until('the trickle flows', () => at > 5);

  const besieged = await serve(200, '/besieged');
  context.diagnostic(
    `slowest acknowledgement: ${quiet.toFixed(1)} ms alone, ${besieged.toFixed(1)} ms besieged`,
  );

  // A head has its time from the first byte to the last, however steadily it trickles.
  const heads = hostile.filter((_, i) => i % 3 === 1);
  await until(
    'every trickling head is cut off',
    () => heads.every((connection) => connection.closed),
    {
      deadline: 30_000,
      every: 100,
    },
  );
  for (const connection of heads) assert.ok(connection.statuses.every((status) => status === 408));
  assert.equal(destination.arrivals.filter((arrival) => arrival.path === '/trickle').length, 0);
});

test('what two parsers could read differently is refused and the connection closed', async () => {
  const smuggled = `POST /v2/publish/${destination.url}/smuggled HTTP/1.1\r\nHost: x\r\n${authorization()}Content-Length: 0\r\n\r\n`;
  const head = (lines) =>
    `POST /v2/publish/${destination.url}/carrier HTTP/1.1\r\n${authorization()}${lines.join('\r\n')}\r\n\r\n`;
  const forms = {
    'both lengths':
      head(['Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked']) + '0\r\n\r\n',
    'both lengths, turned':
      head(['Host: x', 'Transfer-Encoding: chunked', 'Content-Length: 5']) + '0\r\n\r\n',
    'chunked with a blank': head(['Host: x', 'Transfer-Encoding : chunked']) + '0\r\n\r\n',
    'chunked and identity': head(['Host: x', 'Transfer-Encoding: chunked, identity']) + '0\r\n\r\n',
    'gzip, chunked': head(['Host: x', 'Transfer-Encoding: gzip, chunked']) + '0\r\n\r\n',
    'an odd chunked': head(['Host: x', 'Transfer-Encoding: xchunked']) + '0\r\n\r\n',
    'a quoted chunked': head(['Host: x', 'Transfer-Encoding: "chunked"']) + '0\r\n\r\n',
    'chunked twice':
      head(['Host: x', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']) + '0\r\n\r\n',
    'two lengths': head(['Host: x', 'Content-Length: 0', 'Content-Length: 5']) + 'hello',
    'a list of lengths': head(['Host: x', 'Content-Length: 0, 5']) + 'hello',
    'a signed length': head(['Host: x', 'Content-Length: +5']) + 'hello',
    'a negative length': head(['Host: x', 'Content-Length: -1']),
    'a hexadecimal length': head(['Host: x', 'Content-Length: 0x5']) + 'hello',
    'a length too large for a number': head(['Host: x', 'Content-Length: 99999999999999999999999']),
    'a folded line': head(['Host: x', 'X-A: b', ' Content-Length: 5', 'Content-Length: 0']),
    'a bare line feed': `POST /v2/publish/${destination.url}/carrier HTTP/1.1\nHost: x\nContent-Length: 0\n\n`,
    'a bare carriage return': head(['Host: x', 'X-A: b\rContent-Length: 5', 'Content-Length: 0']),
    'a null in a value': head(['Host: x', 'X-A: b\0c', 'Content-Length: 0']),
    'a blank in a name': head(['Host: x', 'X A: b', 'Content-Length: 0']),
    'a line without a colon': head(['Host: x', 'nonsense', 'Content-Length: 0']),
    'no host': head(['Content-Length: 0']),
    'two hosts': head(['Host: x', 'Host: y', 'Content-Length: 0']),
    'a chunk size that is none':
      head(['Host: x', 'Transfer-Encoding: chunked']) + 'zz\r\nhello\r\n0\r\n\r\n',
    'a signed chunk size':
      head(['Host: x', 'Transfer-Encoding: chunked']) + '+5\r\nhello\r\n0\r\n\r\n',
    'a chunk longer than it says':
      head(['Host: x', 'Transfer-Encoding: chunked']) + '3\r\nhello\r\n0\r\n\r\n',
    'a chunk size beyond 64 bits':
      head(['Host: x', 'Transfer-Encoding: chunked']) + 'fffffffffffffffff1\r\n',
    'an odd version': `POST /v2/keys HTTP/1.9x\r\nHost: x\r\n\r\n`,
  };
  for (const [form, bytes] of Object.entries(forms)) {
    const connection = await open();
    connection.send(bytes + smuggled);
    await connection.untilClosed().catch((error) => {
      throw new Error(`${form}: ${error.message}`);
    });
    assert.equal(connection.statuses.length, 1, `${form}: ${connection.received}`);
    assert.ok(
      [400, 413, 501, 505].includes(connection.statuses[0]),
      `${form}: ${connection.statuses}`,
    );
  }
  await serve(1, '/after');
  const seen = new Set(destination.arrivals.map((arrival) => arrival.path));
  assert.ok(!seen.has('/smuggled') && !seen.has('/carrier'));
});

test('heads and bodies beyond their bounds are refused, not gathered', async () => {
  const head = await open();
  head.send(`GET /v2/keys HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(300 * 1024)}\r\n\r\n`);
  await head.untilClosed();
  assert.deepEqual(head.statuses, [431]);

  const target = await open();
  target.send(`GET /${'x'.repeat(300 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await target.untilClosed();
  assert.ok([414, 431].includes(target.statuses[0]), target.received);

  const body = await open();
  body.send(
    `POST /v2/publish/${destination.url}/huge HTTP/1.1\r\nHost: x\r\n${authorization()}Content-Length: 10000000000\r\n\r\n`,
  );
  await body.untilClosed();
  assert.deepEqual(body.statuses, [413]);
  assert.match(body.received, /"error"/);
});

test('pipelined requests are answered in order, and a split one is understood', async () => {
  const request = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${authorization()}\r\n`;
  const connection = await open();
  connection.send(request('/v2/keys') + request('/v2/nothing') + request('/v2/keys'));
  await until('three answers', () => connection.statuses.length === 3);
  assert.deepEqual(connection.statuses, [200, 404, 200]);
  for (const byte of request('/v2/keys')) connection.send(byte);
  await until('a fourth', () => connection.statuses.length === 4);
  assert.equal(connection.statuses[3], 200);
  connection.close();
});

test('a chunked body is put together, and Expect: 100-continue is answered', async () => {
  const connection = await open();
  connection.send(
    `POST /v2/publish/${destination.url}/chunked HTTP/1.1\r\nHost: x\r\n${authorization()}` +
      'Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n',
  );
  await until('100 Continue', () => connection.statuses[0] === 100);
  connection.send('5\r\nhello\r\n6;extension=1\r\n world\r\n0\r\n\r\n');
  await until('the answer', () => connection.statuses.length === 2);
  assert.equal(connection.statuses[1], 200, connection.received);
  const messageId = /"messageId":"(msg_[^"]+)"/.exec(connection.received)[1];
  const [arrival] = await destination.waitFor(messageId);
  assert.equal(arrival.text, 'hello world');
  connection.close();
});
