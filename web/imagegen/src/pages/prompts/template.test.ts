import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Parameter } from '../../api/contract';
import { examplesFor } from './examples';
import { namesIn, piecesOf, readTemplate, resolved } from './template';

const parameter = (name: string, ...values: string[]): Parameter => ({ id: name, name, values, createdAt: '', updatedAt: '' });
const bird = parameter('птица', 'бекас', 'чибис', 'зуёк');
const light = parameter('light', 'fog', 'sun');

test('a template falls into text and places', () => {
  assert.deepEqual(piecesOf('A {{птица}} in {{ light }}, {x} {{2}} {{}}'), [
    { text: 'A ', parameter: null },
    { text: '{{птица}}', parameter: 'птица' },
    { text: ' in ', parameter: null },
    { text: '{{ light }}', parameter: 'light' },
    { text: ', {x} {{2}} {{}}', parameter: null },
  ]);
  assert.deepEqual(namesIn('{{a}} {{b}} {{a}}'), ['a', 'b']);
});

test('variants are all combinations, and none while a name is unknown', () => {
  assert.equal(readTemplate('{{птица}} {{light}} {{птица}}', [bird, light]).variants, 6);
  assert.equal(readTemplate('no places', [bird]).variants, 1);
  const reading = readTemplate('{{птица}} {{frame}}', [bird, light]);
  assert.deepEqual([reading.variants, reading.unknown], [0, ['frame']]);
});

test('each variant is resolved once, the last parameter turning fastest', () => {
  const template = '{{птица}}-{{light}}';
  const reading = readTemplate(template, [bird, light]);
  const all = Array.from({ length: reading.variants }, (_, index) => resolved(template, reading, index));
  assert.deepEqual(all, ['бекас-fog', 'бекас-sun', 'чибис-fog', 'чибис-sun', 'зуёк-fog', 'зуёк-sun']);
});

test('a value with braces is not read again', () => {
  const tricky = parameter('a', '{{b}}');
  const template = '{{a}} {{b}}';
  assert.equal(resolved(template, readTemplate(template, [tricky, parameter('b', 'x')]), 0), '{{b}} x');
});

test('every example brings exactly the parameters that it uses', () => {
  for (const language of ['ru', 'en'] as const) {
    for (const example of examplesFor(language)) {
      assert.deepEqual(namesIn(example.content).sort(), Object.keys(example.parameters).sort(), example.name);
    }
  }
});
