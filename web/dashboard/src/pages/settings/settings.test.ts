import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Setting } from '../../api/contract';
import { filtered, limitGroups, limitsOf, sectionsOf, spellings } from './configuration';
import { helpRussian } from './help-russian';

function setting(name: string, change: Partial<Setting> = {}): Setting {
  return { name, section: name.includes('.') ? (name.split('.')[0] ?? '') : '', value: '1', origin: 'default', originName: null, type: 'count', help: `Help of ${name}.`, secret: false, ...change };
}

const settings = [
  setting('listen', { value: '127.0.0.1:8080', origin: 'flag', originName: '--listen' }),
  setting('token', { secret: true, value: 'not set' }),
  setting('engine.queues_max', { help: 'Queues of an account.' }),
  setting('store.sync', { value: 'true', origin: 'file', originName: 'godwit.toml:3' }),
];
const names = (list: readonly Setting[]): string[] => list.map(({ name }) => name);
const helpOf = (one: Setting): string => (one.name === 'store.sync' ? 'Ждать диска' : one.help);
const all = { text: '', section: '*', changed: false };

test('settings are found by name, spelling, value, origin and meaning', () => {
  assert.deepEqual(names(filtered(settings, all, helpOf)), ['listen', 'token', 'engine.queues_max', 'store.sync']);
  assert.deepEqual(names(filtered(settings, { ...all, text: 'QUEUES account' }, helpOf)), ['engine.queues_max']);
  assert.deepEqual(names(filtered(settings, { ...all, text: '--engine-queues' }, helpOf)), ['engine.queues_max']);
  assert.deepEqual(names(filtered(settings, { ...all, text: 'GODWIT_STORE_SYNC' }, helpOf)), ['store.sync']);
  assert.deepEqual(names(filtered(settings, { ...all, text: 'диска' }, helpOf)), ['store.sync']);
  assert.deepEqual(names(filtered(settings, { ...all, text: 'toml:3' }, helpOf)), ['store.sync']);
  assert.deepEqual(names(filtered(settings, { ...all, text: 'nothing like it' }, helpOf)), []);
});

test('what differs from the default, and one section', () => {
  assert.deepEqual(names(filtered(settings, { ...all, changed: true }, helpOf)), ['listen', 'store.sync']);
  assert.deepEqual(names(filtered(settings, { ...all, section: '' }, helpOf)), ['listen', 'token']);
  assert.deepEqual(sectionsOf(settings).map(({ section, settings: own }) => [section, names(own)]), [['', ['listen', 'token']], ['engine', ['engine.queues_max']], ['store', ['store.sync']]]);
});

test('a setting has a flag and a variable', () => {
  assert.deepEqual(spellings(setting('engine.queues_max')), ['--engine-queues-max', 'GODWIT_ENGINE_QUEUES_MAX']);
  assert.deepEqual(spellings(setting('token', { secret: true })), ['--token-file', 'GODWIT_TOKEN']);
});

/** The settings that the broker's own documentation names. */
function documented(): string[] {
  const found: string[] = [];
  let section = '';
  for (const line of readFileSync(join(import.meta.env['WEB_ROOT'] ?? '', '../docs/configuration.md'), 'utf8').split('\n')) {
    const head = /^## (?:\[(\w+)\])?/.exec(line);
    if (head) section = head[1] ?? '';
    const row = /^\| `(\w+)` \|/.exec(line);
    if (row) found.push(section === '' ? (row[1] ?? '') : `${section}.${row[1] ?? ''}`);
  }
  return found;
}

test('every setting of the broker is told in Russian', () => {
  const known = documented();
  assert.ok(known.length > 50);
  assert.deepEqual(known.filter((name) => helpRussian[name] === undefined), []);
});

test('every limit that is shown is a setting', () => {
  const known = documented();
  for (const group of Object.values(limitGroups)) for (const name of group) assert.ok(known.includes(name), name);
  assert.deepEqual(names(limitsOf([setting('engine.disk_free_min'), setting('store.sync')], 'safety')), ['store.sync', 'engine.disk_free_min']);
});
