// Prompts to begin with. Each brings the values of its parameters; parameters that exist keep theirs.

import type { Locale } from '@godwit/kit';

export interface Example {
  name: string;
  content: string;
  parameters: Readonly<Record<string, readonly string[]>>;
}

const en: readonly Example[] = [
  {
    name: 'Field guide plates',
    content: 'A field guide plate of a {{bird}}, {{medium}}, on warm paper, side view, fine detail of the plumage, generous margins',
    parameters: {
      bird: ['bar-tailed godwit', 'common snipe', 'northern lapwing', 'oystercatcher'],
      medium: ['watercolour', 'linocut', 'coloured pencil'],
    },
  },
  {
    name: 'Product on a table',
    content: '{{product}} on a {{surface}}, {{light}}, studio photograph, shallow depth of field, no text',
    parameters: {
      product: ['ceramic mug', 'leather notebook', 'glass teapot'],
      surface: ['slate table', 'oak table', 'linen cloth'],
      light: ['soft morning light', 'low evening sun'],
    },
  },
  {
    name: 'One city, four seasons',
    content: 'A quiet street of an old harbour town, {{season}}, {{hour}}, muted colours, seen from a first-floor window',
    parameters: {
      season: ['early spring', 'high summer', 'late autumn', 'deep winter'],
      hour: ['at dawn', 'at noon', 'at dusk'],
    },
  },
];

const ru: readonly Example[] = [
  {
    name: 'Листы из определителя',
    content: 'Лист из определителя птиц: {{птица}}, {{техника}}, на тёплой бумаге, вид сбоку, тонкие детали оперения, широкие поля',
    parameters: {
      птица: ['малый веретенник', 'бекас', 'чибис', 'кулик-сорока'],
      техника: ['акварель', 'линогравюра', 'цветные карандаши'],
    },
  },
  {
    name: 'Предмет на столе',
    content: '{{предмет}} на {{поверхность}}, {{свет}}, студийная фотография, малая глубина резкости, без надписей',
    parameters: {
      предмет: ['керамическая кружка', 'кожаный блокнот', 'стеклянный чайник'],
      поверхность: ['сланцевом столе', 'дубовом столе', 'льняной скатерти'],
      свет: ['мягкий утренний свет', 'низкое вечернее солнце'],
    },
  },
  {
    name: 'Один город, четыре времени года',
    content: 'Тихая улица старого портового города, {{сезон}}, {{час}}, приглушённые цвета, вид из окна второго этажа',
    parameters: {
      сезон: ['ранняя весна', 'разгар лета', 'поздняя осень', 'глубокая зима'],
      час: ['рассвет', 'полдень', 'сумерки'],
    },
  },
];

export function examplesFor(language: Locale): readonly Example[] {
  return language === 'ru' ? ru : en;
}
