import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GalleryImage } from '../../api/contract';
import { matrixOf, parametersOf, suggestedAxes } from './matrix';

function image(id: string, variant: Record<string, string>): GalleryImage {
  return {
    id, taskId: id, generationId: 'gen_1', generationName: 'g', promptId: null, model: 'm', prompt: id, variant, url: '', thumbUrl: '',
    mime: '', width: 1, height: 1, bytes: 1, seed: null, starred: false, demo: false, createdAt: '',
  };
}

const images = [
  image('1', { animal: 'fox', time: 'dusk', style: 'ink' }),
  image('2', { animal: 'fox', time: 'dawn', style: 'ink' }),
  image('3', { animal: 'owl', time: 'dawn', style: 'oil' }),
  image('4', { animal: 'owl', time: 'dawn', style: 'ink' }),
  image('5', { animal: 'elk', time: 'noon' }),
  image('6', {}),
];

test('parameters and their values are those the images were made with', () => {
  assert.deepEqual([...parametersOf(images)], [
    ['animal', ['fox', 'owl', 'elk']],
    ['time', ['dusk', 'dawn', 'noon']],
    ['style', ['ink', 'oil']],
  ]);
});

test('the axes to begin with have most values; one parameter makes no table', () => {
  assert.deepEqual(suggestedAxes(parametersOf(images)), { row: 'animal', column: 'time' });
  assert.equal(suggestedAxes(parametersOf([image('1', { animal: 'fox' })])), null);
});

test('a cell holds all images of its two values, and may be empty', () => {
  const matrix = matrixOf(images, { row: 'animal', column: 'time' });
  assert.deepEqual(matrix.cell('owl', 'dawn').map(({ id }) => id), ['3', '4']);
  assert.deepEqual(matrix.cell('fox', 'noon'), []);
});

test('values stand in the order of the generation, others last', () => {
  const matrix = matrixOf(images, { row: 'animal', column: 'time' }, { animal: ['elk', 'owl'], time: ['dawn', 'noon', 'dusk'] });
  assert.deepEqual(matrix.rows, ['elk', 'owl', 'fox']);
  assert.deepEqual(matrix.columns, ['dawn', 'noon', 'dusk']);
});

test('images without one of the parameters have no place', () => {
  const matrix = matrixOf(images, { row: 'style', column: 'time' });
  assert.deepEqual(matrix.rows, ['ink', 'oil']);
  assert.deepEqual(matrix.columns, ['dusk', 'dawn']);
});
