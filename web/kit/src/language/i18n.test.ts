import assert from 'node:assert/strict';
import { test } from 'node:test';

import { kit as en } from '../texts/en';
import { kit as ru } from '../texts/ru';
import { createTranslator, fill, incompleteness, pluralForm } from './i18n';
import { locale, preferredLocale } from './locale';

test('the kit speaks both languages completely', () => {
  assert.deepEqual(incompleteness({ kit: en }, { kit: ru }), []);
});

test('a missing text, a lacking plural form and another place are found', () => {
  const faults = incompleteness(
    { page: { a: 'A {x}', b: { one: '1', other: 'n' }, c: 'C' } },
    { page: { a: 'А {y}', b: { one: '1', other: 'n' } } },
  );
  assert.equal(faults.length, 3);
  assert.ok(faults.some((fault) => fault.includes('page.c is missing')));
  assert.ok(faults.some((fault) => fault.includes('page.b lacks')));
  assert.ok(faults.some((fault) => fault.includes('page.a has other')));
});

test('Russian numbers take their forms', () => {
  const images = { one: 'изображение', few: 'изображения', many: 'изображений', other: 'изображения' };
  const form = (count: number): string => pluralForm(images, count, 'ru');
  for (const count of [1, 21, 101, 1001]) assert.equal(form(count), 'изображение', String(count));
  for (const count of [2, 3, 4, 22, 104]) assert.equal(form(count), 'изображения', String(count));
  for (const count of [0, 5, 11, 12, 14, 19, 25, 111, 1000]) assert.equal(form(count), 'изображений', String(count));
  assert.equal(form(1.5), 'изображения');
});

test('English numbers take theirs', () => {
  const images = { one: 'image', other: 'images' };
  assert.deepEqual([0, 1, 2, 21].map((count) => pluralForm(images, count, 'en')), ['images', 'image', 'images', 'images']);
});

test('places are filled, numbers as the language writes them, and double braces stay', () => {
  assert.equal(fill('{n} of {total}', { n: 1234.5, total: 'many' }, 'en'), '1,234.5 of many');
  assert.equal(fill('{n}', { n: 1234.5 }, 'ru').replaceAll(/\s/g, ' '), '1 234,5');
  assert.equal(fill('as {{name}} or {name}', { name: 'bird' }, 'en'), 'as {{name}} or bird');
  assert.equal(fill('{unknown}', {}, 'en'), '{unknown}');
  assert.equal(fill('{a}', { a: '{b}', b: 'x' }, 'en'), '{b}');
});

test('a translator follows the language, and says of unknown keys that there are none', () => {
  const t = createTranslator({
    en: { page: { greeting: 'Hello, {name}', items: { one: '{count} item', other: '{count} items' } } } as const,
    ru: { page: { greeting: 'Привет, {name}', items: { one: '{count} вещь', few: '{count} вещи', many: '{count} вещей', other: '{count} вещи' } } },
  });
  locale.value = 'en';
  assert.equal(t('page.greeting', { name: 'Ada' }), 'Hello, Ada');
  assert.equal(t('page.items', { count: 3 }), '3 items');
  locale.value = 'ru';
  assert.equal(t('page.greeting', { name: 'Ада' }), 'Привет, Ада');
  assert.equal(t('page.items', { count: 5 }), '5 вещей');
  assert.equal(t.find('page.nothing'), null);
  assert.equal(t.find('page.toString'), null);
  assert.equal(t.find('nowhere'), null);
  locale.value = 'en';
});

test('the language is the chosen one, else the first of ours that the browser asks for, else English', () => {
  assert.equal(preferredLocale('en', ['ru-RU']), 'en');
  assert.equal(preferredLocale(null, ['de', 'ru', 'en']), 'ru');
  assert.equal(preferredLocale(null, ['en-GB', 'ru']), 'en');
  assert.equal(preferredLocale(null, ['fr']), 'en');
  assert.equal(preferredLocale('xx', ['ru']), 'ru');
});
