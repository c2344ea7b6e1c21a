import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { incompleteness } from '@godwit/kit';

import { en, ru } from '.';

const source = join(import.meta.env['WEB_ROOT'] ?? '', 'dashboard/src');

test('every text is there in Russian and in English, with its plural forms and places', () => {
  assert.deepEqual(incompleteness(en, ru), []);
});

test('both languages have the same modules', () => {
  const names = (language: string): string[] => readdirSync(join(source, 'i18n', language)).sort();
  assert.deepEqual(names('ru'), names('en'));
});

/** Files below `folder` whose names end so. */
function filesBelow(folder: string, ends: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path, ends) : ends.test(entry.name) ? [path] : [];
  });
}

test('no page has a text of its own', () => {
  const offenders = filesBelow(source, /\.tsx$/).flatMap((path) => {
    const cyrillic = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => /[а-яё]/i.test(line.replace(/\/\/.*|\/?\*+.*/, '').replaceAll('Русский', '')));
    return cyrillic.map((line) => `${path.slice(source.length)}: ${line.trim()}`);
  });
  assert.deepEqual(offenders, []);
});

test('nothing in a page needs what the policy forbids', () => {
  const html = readFileSync(join(source, '../index.html'), 'utf8');
  assert.doesNotMatch(html, /<style|style=|\son\w+=|<script>|javascript:/);
  for (const path of filesBelow(source, /\.tsx?$/).filter((name) => !name.endsWith('.test.ts'))) {
    assert.doesNotMatch(readFileSync(path, 'utf8'), /\beval\(|new Function\(|dangerouslySetInnerHTML|innerHTML\s*=/, path);
  }
});
