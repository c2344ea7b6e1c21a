// Texts are objects of modules: `en.settings.title` is asked for as t('settings.title').
// English declares the keys. A Russian module is declared as `Translation<typeof en.settings>`, so a
// key that is missing or superfluous on either side does not compile.

import { locale, type Locale } from './locale';

/** A text that depends on a number. The number is the parameter `count`. */
export interface Plural {
  readonly one: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}
export type Text = string | Plural;
export type TextModule = Readonly<Record<string, Text>>;
export type Texts = Readonly<Record<string, TextModule>>;

/** What the other language owes for a module of the first one. */
export type Translation<M extends TextModule> = {
  readonly [K in keyof M]: M[K] extends string ? string : Plural;
};

/** Keys of all texts, as 'module.key'. */
export type KeyOf<T extends Texts> = {
  [M in keyof T & string]: `${M}.${keyof T[M] & string}`;
}[keyof T & string];

type TextAt<T extends Texts, K extends string> = K extends `${infer M}.${infer N}`
  ? M extends keyof T
    ? N extends keyof T[M]
      ? T[M][N]
      : never
    : never
  : never;

// Double braces stand for themselves: texts speak of prompts that contain `{{name}}`.
type Placeholders<S> = S extends `${infer Before}{{${string}}}${infer After}`
  ? Placeholders<Before> | Placeholders<After>
  : S extends `${string}{${infer P}}${infer Rest}`
    ? P | Placeholders<Rest>
    : never;
type ParametersOf<X> = X extends Plural
  ? 'count' | Placeholders<X['one']> | Placeholders<X['other']>
  : Placeholders<X>;

export type TextParameters = Readonly<Record<string, string | number>>;
type Arguments<X> = [ParametersOf<X>] extends [never]
  ? []
  : [parameters: { readonly [P in ParametersOf<X>]: string | number }];

/** Reads a text in the current language. It reads a signal: components that call it follow the language. */
export interface Translator<T extends Texts> {
  <K extends KeyOf<T>>(key: K, ...parameters: Arguments<TextAt<T, K>>): string;
  /** For keys made at run time, such as 'problem.' + code: null when there is no such text. */
  find(key: string, parameters?: TextParameters): string | null;
}

const pluralRules = new Map<Locale, Intl.PluralRules>();
const numbers = new Map<Locale, Intl.NumberFormat>();

function rulesOf(language: Locale): Intl.PluralRules {
  let rules = pluralRules.get(language);
  if (!rules) pluralRules.set(language, (rules = new Intl.PluralRules(language)));
  return rules;
}

/** The form of `text` for `count`; forms that a language lacks fall back to `other`. */
export function pluralForm(text: Plural, count: number, language: Locale): string {
  const form = rulesOf(language).select(count);
  if (form === 'one') return text.one;
  if (form === 'few') return text.few ?? text.other;
  if (form === 'many') return text.many ?? text.other;
  return text.other;
}

/** Puts parameters into `{places}`; numbers are written the language's way. Unknown places stay, and
 *  so do `{{double braces}}`. */
export function fill(template: string, parameters: TextParameters, language: Locale): string {
  return template.replace(/(?<!\{)\{(\w+)\}(?!\})/g, (place, name: string) => {
    const value = parameters[name];
    if (value === undefined) return place;
    if (typeof value === 'string') return value;
    let format = numbers.get(language);
    if (!format) numbers.set(language, (format = new Intl.NumberFormat(language)));
    return format.format(value);
  });
}

export function createTranslator<T extends Texts>(languages: {
  en: T;
  ru: { readonly [M in keyof T]: Translation<T[M]> };
}): Translator<T> {
  const find = (key: string, parameters: TextParameters = {}): string | null => {
    const language = locale.value;
    const dot = key.indexOf('.');
    const source: Texts = languages[language];
    const module = source[key.slice(0, dot)];
    const name = key.slice(dot + 1);
    const text = module && Object.hasOwn(module, name) ? module[name] : undefined;
    if (text === undefined) return null;
    const template = typeof text === 'string' ? text : pluralForm(text, Number(parameters['count'] ?? 0), language);
    return fill(template, parameters, language);
  };
  const translate = (key: string, parameters?: TextParameters): string => find(key, parameters) ?? key;
  return Object.assign(translate, { find }) as Translator<T>;
}

/** Everything that is wrong with a pair of languages, in sentences; empty when they are complete. */
export function incompleteness(en: Texts, ru: Texts): string[] {
  const faults: string[] = [];
  const places = (text: Text): string =>
    [...new Set((typeof text === 'string' ? text : Object.values(text).join(' ')).match(/(?<!\{)\{\w+\}(?!\})/g) ?? [])]
      .filter((place) => place !== '{count}')
      .sort()
      .join(' ');
  const required: Record<Locale, readonly (keyof Plural)[]> = { en: ['one', 'other'], ru: ['one', 'few', 'many', 'other'] };
  const look = (language: Locale, key: string, text: Text): void => {
    const forms = typeof text === 'string' ? [text] : required[language].map((form) => text[form] ?? '');
    if (forms.some((form) => form.trim() === '')) faults.push(`${language}: ${key} lacks a text or a plural form`);
  };
  for (const name of new Set([...Object.keys(en), ...Object.keys(ru)])) {
    for (const key of new Set([...Object.keys(en[name] ?? {}), ...Object.keys(ru[name] ?? {})])) {
      const path = `${name}.${key}`;
      const ours = en[name]?.[key];
      const theirs = ru[name]?.[key];
      if (ours === undefined || theirs === undefined) {
        faults.push(`${ours === undefined ? 'en' : 'ru'}: ${path} is missing`);
        continue;
      }
      look('en', path, ours);
      look('ru', path, theirs);
      if (typeof ours !== typeof theirs) faults.push(`${path} is a plural in one language only`);
      if (places(ours) !== places(theirs)) faults.push(`${path} has other {places} in ru than in en`);
    }
  }
  return faults;
}
