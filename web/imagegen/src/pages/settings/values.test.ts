import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Settings } from '../../api/contract';
import { changeOf, validate, valuesOf } from './values';

const secret = { set: true, source: 'saved', masked: '••••1234' } as const;
const texts = { parameters: 'a', prompts: 'b', generations: 'c' };
const settings: Settings = {
  secrets: { qstashToken: secret, openaiApiKey: secret, geminiApiKey: secret },
  broker: {
    url: { value: 'http://127.0.0.1:8080', source: 'default' },
    publicUrl: { value: 'https://app.example.test', source: 'saved' },
    webhookUrl: 'https://app.example.test/api/process-generation-task',
    signingKeys: { source: 'none', fetchedAt: null },
    retries: 3,
    defaultRateLimit: 60,
    accountRateLimit: null,
    flowControl: true,
    localProcessing: false,
  },
  providers: {
    imageProvider: 'auto',
    geminiBaseUrl: { value: 'https://g.example.test', source: 'default' },
    openaiBaseUrl: { value: 'https://o.example.test', source: 'environment' },
    imageModel: 'm',
    textModel: 't',
    timeoutSeconds: 120,
  },
  demo: { latencyMs: 0, temporaryErrorPercent: 0, rateLimitErrorPercent: 0, permanentErrorPercent: 0 },
  systemPrompts: texts,
  systemPromptDefaults: texts,
  storage: { directory: '/x', images: 0, imageBytes: 0, freeBytes: 0, retentionDays: null },
};

test('untouched settings send nothing', () => {
  assert.deepEqual(changeOf(valuesOf(settings), valuesOf(settings)), {});
});

test('an address that nobody chose is an empty field, and emptying one goes back to the default', () => {
  const values = valuesOf(settings);
  assert.equal(values['broker.url'], '');
  assert.equal(values['broker.publicUrl'], 'https://app.example.test');
  assert.deepEqual(changeOf(values, { ...values, 'broker.publicUrl': ' ' }), { broker: { publicUrl: null } });
});

test('secrets are set trimmed, cleared with null, and kept by silence', () => {
  const values = valuesOf(settings);
  const change = changeOf(values, {
    ...values,
    'secrets.qstashToken': { kind: 'set', value: ' abc ' },
    'secrets.openaiApiKey': { kind: 'clear' },
  });
  assert.deepEqual(change, { secrets: { qstashToken: 'abc', openaiApiKey: null } });
});

test('only what differs is sent, and an emptied optional number is null', () => {
  const values = { ...valuesOf(settings), 'storage.retentionDays': 30 };
  assert.deepEqual(changeOf(values, { ...values, 'broker.retries': 5, 'storage.retentionDays': null, 'broker.flowControl': false }), {
    broker: { retries: 5, flowControl: false },
    storage: { retentionDays: null },
  });
});

test('limits, addresses and empty texts are refused at their fields', () => {
  const values = valuesOf(settings);
  assert.deepEqual(Object.keys(validate(values)), []);
  const errors = validate({
    ...values,
    'broker.defaultRateLimit': 3601,
    'broker.retries': null,
    'providers.timeoutSeconds': 12.5,
    'broker.publicUrl': 'ftp://x',
    'systemPrompts.prompts': '  ',
  });
  assert.deepEqual(Object.keys(errors).sort(), [
    'broker.defaultRateLimit',
    'broker.publicUrl',
    'broker.retries',
    'providers.timeoutSeconds',
    'systemPrompts.prompts',
  ]);
});
