import assert from 'node:assert/strict';
import { test } from 'node:test';

import { columnCount, isTableFile, parseTable, promptColumn, promptsOfColumn, promptsOfText, readTable, separatorOf, tidyPrompts } from './import';

test('quotes protect separators, line ends and quotes', () => {
  assert.deepEqual(parseTable('a,"b, c","d ""e"""\r\n"two\nlines",x,\n'), [
    ['a', 'b, c', 'd "e"'],
    ['two\nlines', 'x', ''],
  ]);
});

test('a quote inside a word is only a sign', () => {
  assert.deepEqual(parseTable('a 5" disk,b'), [['a 5" disk', 'b']]);
});

test('the separator is the one that the first line uses', () => {
  assert.equal(separatorOf('name;prompt\na, b;c'), ';');
  assert.equal(separatorOf('name\tprompt'), '\t');
  assert.equal(separatorOf('"a;b;c",d'), ',');
  assert.equal(separatorOf('alone'), ',');
});

test('a header line is told by its titles, in both languages', () => {
  const table = readTable('\uFEFFНазвание;Промпт\nКот;Кот на крыше\n');
  assert.deepEqual(table.header, ['Название', 'Промпт']);
  assert.equal(promptColumn(table), 1);
  assert.deepEqual(promptsOfColumn(table, 1), ['Кот на крыше']);
});

test('without a header the column with most text holds the prompts', () => {
  const table = readTable('1,a quiet harbour at dawn,x\n2,a lighthouse in fog,y\n');
  assert.equal(table.header, null);
  assert.equal(promptColumn(table), 1);
  assert.equal(columnCount(table), 3);
});

test('imported prompts are single lines, without empty ones and repetitions', () => {
  assert.deepEqual(tidyPrompts([' a\n b ', '', 'a b', 'c']), ['a b', 'c']);
});

test('prompts written on purpose twice stay', () => {
  assert.deepEqual(promptsOfText('a\n\n  a \r\nb'), ['a', 'a', 'b']);
});

test('an empty file holds nothing', () => {
  assert.deepEqual(readTable('').rows, []);
  assert.equal(promptColumn(readTable('')), 0);
  assert.deepEqual(promptsOfColumn(readTable(''), 0), []);
});

test('tables are told by the name of the file', () => {
  assert.deepEqual(['a.csv', 'A.TSV', 'a.txt', 'csv'].map(isTableFile), [true, true, false, false]);
});
