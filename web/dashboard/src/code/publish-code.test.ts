import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { publishCode } from './publish-code';
import { destinationPath, requestBytes, requestHeaders, requestPath, type PublishRequest } from './publish-request';

const base = 'http://127.0.0.1:8080';
const hook = 'https://example.com/hook?a=1&b=2';

/** Texts that break out of quotes which are not closed well. */
const hostile = ['', "it's", '"', '\\', "\\'", '$QSTASH_TOKEN `id` $(id) !x', '@/etc/passwd', '-X', 'a\nb\r\n', '${1}', '</script>', 'счёт €', '\u2028\u202e', '%s%n', '{{x}}', '#'];

/** The arguments that a program would get, by the shell itself. */
function argumentsOf(program: 'curl' | 'godwit', code: string): string[] {
  const script = `${program}() { for word in "$@"; do printf '%s' "$word" | base64 | tr -d '\\n'; echo; done; }\n${code}\n`;
  const told = execFileSync('sh', ['-c', script], { env: { PATH: process.env['PATH'] ?? '', QSTASH_TOKEN: 'secret' }, encoding: 'utf8' });
  return told.split('\n').slice(0, -1).map((line) => Buffer.from(line, 'base64').toString('utf8'));
}

interface Asked {
  call: string;
  options: Record<string, unknown>;
}

/** What the code asks of the client, by running it against one that only takes notes. */
async function askedOfClient(code: string): Promise<Asked> {
  const asked: Asked[] = [];
  const note = (call: string) => (options: Record<string, unknown>): object => {
    asked.push({ call, options });
    return {};
  };
  class Client {
    constructor(readonly options: Record<string, unknown>) {
      assert.deepEqual(options, { baseUrl: base, token: 'secret' });
    }
    publish = note('publish');
    publishJSON = note('publishJSON');
    queue = ({ queueName }: { queueName: string }): object => ({ enqueue: note(`enqueue ${queueName}`), enqueueJSON: note(`enqueueJSON ${queueName}`) });
    schedules = { create: note('schedule') };
  }
  const body = code.replace(/^import .*\n/, '');
  const run = (0, eval)(`(async (Client, process, console) => {\n${body}\n})`) as (...all: unknown[]) => Promise<void>;
  await run(Client, { env: { QSTASH_TOKEN: 'secret' } }, { log: () => undefined });
  assert.equal(asked.length, 1);
  return asked[0] as Asked;
}

const everything: PublishRequest = {
  destination: hook,
  method: 'PUT',
  headers: [
    { name: 'Content-Type', value: 'text/plain' },
    { name: 'X-Team', value: "it's" },
  ],
  body: { text: "a 'quoted' body" },
  delay: '1m30s',
  retries: 0,
  retryDelay: 'pow(2, retried) * 1000',
  timeout: '30s',
  callback: 'https://example.com/done',
  callbackHeaders: [{ name: 'X-Of', value: 'callback' }],
  failureCallback: 'https://example.com/failed',
  deduplicationId: 'order-1',
  labels: ['eu', 'billing'],
  flowControl: { key: 'k', rate: 10, period: '1m', parallelism: 2 },
  redact: { body: true, headers: ['X-Team'] },
};

test('a description is the request that the wire wants', () => {
  assert.equal(requestPath(everything), `/v2/publish/${hook}`);
  assert.deepEqual(requestHeaders(everything), [
    ['Content-Type', 'text/plain'],
    ['Upstash-Method', 'PUT'],
    ['Upstash-Delay', '1m30s'],
    ['Upstash-Retries', '0'],
    ['Upstash-Retry-Delay', 'pow(2, retried) * 1000'],
    ['Upstash-Timeout', '30s'],
    ['Upstash-Deduplication-Id', 'order-1'],
    ['Upstash-Label', 'eu,billing'],
    ['Upstash-Flow-Control-Key', 'k'],
    ['Upstash-Flow-Control-Value', 'parallelism=2, rate=10, period=1m'],
    ['Upstash-Callback', 'https://example.com/done'],
    ['Upstash-Callback-Forward-X-Of', 'callback'],
    ['Upstash-Failure-Callback', 'https://example.com/failed'],
    ['Upstash-Redact-Fields', 'body, header[X-Team]'],
    ['Upstash-Forward-X-Team', "it's"],
  ]);
  assert.equal(new TextDecoder().decode(requestBytes(everything) ?? new Uint8Array()), "a 'quoted' body");
  assert.deepEqual([...(requestBytes({ destination: hook, body: { base64: '/wA=' } }) ?? [])], [255, 0]);
  assert.equal(requestBytes({ destination: hook }), null);
});

test('queues and schedules have paths of their own', () => {
  assert.equal(requestPath({ destination: 'group', queue: 'q' }), '/v2/enqueue/q/group');
  assert.equal(requestPath({ destination: 'group', queue: 'q', cron: '* * * * *' }), '/v2/schedules/group');
  assert.deepEqual(requestHeaders({ destination: 'group', queue: 'q', cron: '0 * * * * *', cronSeconds: true, scheduleId: 's' }), [
    ['Upstash-Cron', '0 * * * * *'],
    ['Upstash-Cron-Seconds', 'true'],
    ['Upstash-Schedule-Id', 's'],
    ['Upstash-Queue-Name', 'q'],
  ]);
});

test('a destination that somebody would change on the way is escaped as a whole', () => {
  for (const kept of [hook, 'group.a_b-1', 'https://e.com/%20x']) assert.equal(destinationPath(kept), kept);
  for (const changed of ['https://e.com/a/../b', 'https://e.com/..', 'https://e.com/x#y', 'https://e.com/?upstash-retries=3', 'https://e.com/?x=1&qstash_token=t', 'https://e.com/{a}', 'http://[::1]/', 'https://пример.рф/', "https://e.com/'x' y", 'https%3A%2F%2Fe.com']) {
    assert.equal(destinationPath(changed), encodeURIComponent(changed));
    assert.doesNotMatch(destinationPath(changed), /[#?{}[\] ]/);
    assert.equal(decodeURIComponent(destinationPath(changed)), changed);
  }
});

test('curl gets every text as it is, and the token from the environment', () => {
  for (const text of hostile) {
    const words = argumentsOf('curl', publishCode('curl', { destination: hook, headers: [{ name: 'X-Text', value: text.replace(/[\r\n]/g, ' ') }], body: { text }, labels: [text.replace(/[\r\n]/g, ' ')] }, base));
    assert.equal(words[2], `${base}/v2/publish/${hook}`);
    assert.equal(words[words.indexOf('--data-raw') + 1], text);
    const value = text.replace(/[\r\n]/g, ' ');
    assert.ok(words.includes(value === '' ? 'Upstash-Forward-X-Text;' : `Upstash-Forward-X-Text: ${value}`), text);
    assert.ok(words.includes('Authorization: Bearer secret'));
  }
  assert.match(publishCode('curl', everything, base), /Bearer \$QSTASH_TOKEN/);
});

test('godwit publish gets every text as it is, each setting as a flag', () => {
  for (const text of hostile) {
    const line = text.replace(/[\r\n]/g, ' ');
    const request: PublishRequest = { destination: hook, queue: 'q', headers: [{ name: 'X-Text', value: line }], body: { text }, labels: line === '' ? [] : [line], callback: hook, callbackHeaders: [{ name: "X-'A", value: line }] };
    const words = argumentsOf('godwit', publishCode('cli', request, base));
    assert.deepEqual(words, ['publish', '--queue=q', ...(line === '' ? [] : [`--label=${line}`]), `--callback=${hook}`, `--callback-forward-x-'a=${line}`, `--header=X-Text: ${line}`, `--body=${text}`, '--', hook]);
  }
  assert.match(publishCode('cli', everything, base), /^QSTASH_URL='http:\/\/127\.0\.0\.1:8080' godwit publish /);
  assert.match(publishCode('cli', { destination: hook, body: { base64: '/wAA' } }, base), /^printf %s '\/wAA' \| base64 -d \| QSTASH_URL=[^]*--body-file=-/);
  assert.deepEqual(argumentsOf('godwit', publishCode('cli', { destination: hook, cron: '' }, base)), ['publish', '--cron=', '--', hook]);
  const scheduled = argumentsOf('godwit', publishCode('cli', { destination: '-group', cron: '* * * * *', queue: 'q', cronSeconds: true }, base));
  assert.deepEqual(scheduled, ['publish', '--cron=* * * * *', '--cron-seconds=true', '--queue-name=q', '--', '-group']);
});

test('a body of bytes goes to curl through a pipe', () => {
  const code = publishCode('curl', { destination: hook, body: { base64: '/wAA' } }, base);
  assert.match(code, /^printf %s '\/wAA' \| base64 -d \| curl /);
  assert.match(code, /--data-binary @-$/);
  assert.match(publishCode('curl', { destination: hook, body: { text: 'a\0b' } }, base), /printf %s 'YQBi' \| base64 -d/);
});

test('a request without a body sends none, one without a type sends no type', () => {
  assert.doesNotMatch(publishCode('curl', { destination: hook }, base), /data|Content-Type/);
  assert.match(publishCode('curl', { destination: hook, body: { text: '' } }, base), /-H 'Content-Type:'/);
});

test('the JavaScript client is asked for what the request says', async () => {
  const { call, options } = await askedOfClient(publishCode('javascript', everything, base));
  assert.equal(call, 'publish');
  assert.deepEqual(options, {
    url: hook,
    method: 'PUT',
    body: "a 'quoted' body",
    headers: { 'Content-Type': 'text/plain', 'X-Team': "it's", 'Upstash-Callback-Forward-X-Of': 'callback' },
    delay: '1m30s',
    retries: 0,
    retryDelay: 'pow(2, retried) * 1000',
    timeout: '30s',
    callback: 'https://example.com/done',
    failureCallback: 'https://example.com/failed',
    deduplicationId: 'order-1',
    label: ['eu', 'billing'],
    flowControl: { key: 'k', rate: 10, period: '1m', parallelism: 2 },
    redact: { body: true, header: ['X-Team'] },
  });
});

test('JSON is a value where nothing of it is lost, else a string', async () => {
  const json = (text: string): PublishRequest => ({ destination: hook, headers: [{ name: 'content-type', value: 'application/json' }], body: { text } });
  const value = { text: "a 'b' \\ \" \n ${x} ж", list: [1, -2.5, null, true], deep: { 'not a name': [], longer: 'x'.repeat(70) } };
  const kept = await askedOfClient(publishCode('javascript', json(JSON.stringify(value, null, 2)), base));
  assert.deepEqual(kept, { call: 'publishJSON', options: { url: hook, body: value } });
  for (const text of ['12345678901234567890', '{"a":1,"a":2}', '{"__proto__":{}}', '1.0', '{"b":', '{"2":1,"1":2}']) {
    const { call, options } = await askedOfClient(publishCode('javascript', json(text), base));
    assert.deepEqual([call, options['body'], options['headers']], ['publish', text, { 'content-type': 'application/json' }], text);
  }
});

test('JavaScript gets every text as it is', async () => {
  for (const text of hostile) {
    const { options } = await askedOfClient(publishCode('javascript', { destination: hook, body: { text }, queue: 'q', headers: [{ name: 'X-Text', value: text }] }, base));
    assert.equal(options['body'], text);
    const sent = (options['headers'] as Record<string, string>)['X-Text'] ?? '';
    // As bytes of Latin-1, which fetch sends unchanged.
    assert.equal(Buffer.from(sent, 'latin1').toString('utf8'), text);
  }
});

test('queues, groups and schedules have calls of their own', async () => {
  assert.deepEqual(await askedOfClient(publishCode('javascript', { destination: 'group', queue: 'q' }, base)), { call: 'enqueue q', options: { urlGroup: 'group' } });
  assert.deepEqual(await askedOfClient(publishCode('javascript', { destination: hook, cron: '* * * * *', queue: 'q', headers: [{ name: 'A', value: '1' }, { name: 'a', value: '2' }, { name: 'Upstash-X', value: '3' }] }, base)), {
    call: 'schedule',
    options: { destination: hook, cron: '* * * * *', queueName: 'q', headers: [['A', '1'], ['a', '2'], ['Upstash-Forward-Upstash-X', '3']] },
  });
});

test('Python is written with the parameters of its client', () => {
  assert.equal(
    publishCode('python', { ...everything, redact: undefined, headers: [{ name: 'Content-Type', value: 'application/json' }, { name: 'X-Team', value: 'a"b\\' }], body: { text: '{"n": null, "on": true, "s": "it\'s \\"x\\""}' } } as PublishRequest, base),
    [
      'import os',
      '',
      'from qstash import QStash',
      '',
      'client = QStash(os.environ["QSTASH_TOKEN"], base_url="http://127.0.0.1:8080")',
      '',
      'result = client.message.publish_json(',
      '    url="https://example.com/hook?a=1&b=2",',
      '    method="PUT",',
      '    body={"n": None, "on": True, "s": "it\'s \\"x\\""},',
      '    headers={',
      '        "X-Team": "a\\"b\\\\",',
      '    },',
      '    delay="1m30s",',
      '    retries=0,',
      '    retry_delay="pow(2, retried) * 1000",',
      '    timeout="30s",',
      '    callback="https://example.com/done",',
      '    callback_headers={',
      '        "Forward-X-Of": "callback",',
      '    },',
      '    failure_callback="https://example.com/failed",',
      '    deduplication_id="order-1",',
      '    label="eu,billing",',
      '    flow_control={"key": "k", "rate": 10, "period": "1m", "parallelism": 2},',
      ')',
      'print(result)',
    ].join('\n'),
  );
});

test('what the Python client has no parameter for goes as the request itself', () => {
  const code = publishCode('python', { destination: hook, labels: ['счёт'], body: { base64: '/wA=' }, headers: [{ name: 'A', value: '1' }, { name: 'a', value: '2' }] }, base);
  assert.match(code, /^import base64\nimport os\n/);
  assert.match(code, /client\.http\.request\(\n {4}path="\/v2\/publish\/https:/);
  assert.match(code, /"Upstash-Label": "счёт"\.encode\(\),/);
  assert.match(code, /"Upstash-Forward-A": "1, 2",/);
  assert.match(code, /body=base64\.b64decode\("\/wA="\),/);
  assert.match(publishCode('python', everything, base), /"Upstash-Redact-Fields": "body, header\[X-Team\]",/);
});

test('HTTP is shown as it goes over the wire', () => {
  assert.equal(
    publishCode('http', { destination: 'group', headers: [{ name: 'Content-Type', value: 'text/plain' }], body: { text: 'ж' } }, 'https://broker.example/base/'),
    'POST /base/v2/publish/group HTTP/1.1\nHost: broker.example\nAuthorization: Bearer $QSTASH_TOKEN\nContent-Type: text/plain\nContent-Length: 2\n\nж',
  );
});

test('no language ever writes a token', () => {
  for (const language of ['curl', 'javascript', 'python', 'http'] as const) assert.match(publishCode(language, everything, base), /QSTASH_TOKEN/);
});

test('what is too long to be written into code comes from a file', () => {
  const request: PublishRequest = { destination: hook, headers: [{ name: 'Content-Type', value: 'application/json' }], body: { file: "it's.bin" } };
  assert.deepEqual(argumentsOf('curl', publishCode('curl', request, base)).slice(-2), ['--data-binary', "@it's.bin"]);
  assert.match(publishCode('javascript', request, base), /^import \{ readFile \} from 'node:fs\/promises';\n(.*\n)*  body: await readFile\('it\\'s\.bin'\),\n/);
  assert.match(publishCode('python', request, base), /    body=open\("it's\.bin", "rb"\)\.read\(\),\n/);
  assert.match(publishCode('http', request, base), /json\n\n<file: it's\.bin>$/);
});
