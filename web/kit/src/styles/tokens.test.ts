import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

declare global {
  interface ImportMeta {
    readonly env: Readonly<Record<string, string>>;
  }
}

const css = readFileSync(join(import.meta.env.WEB_ROOT ?? '', 'kit/src/styles/tokens.css'), 'utf8');

/** The two values of each token that has one for either theme. */
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }] as const,
  ),
);

function luminance(color: string): number {
  const channel = (at: number): number => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [bright, dim] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

function check(front: string, back: string, least: number): void {
  const a = tokens.get(front);
  const b = tokens.get(back);
  assert.ok(a && b, `${front} or ${back} is no colour of both themes`);
  for (const theme of ['light', 'dark'] as const) {
    const ratio = contrast(a[theme], b[theme]);
    assert.ok(ratio >= least, `${front} on ${back} in ${theme}: ${ratio.toFixed(2)} is below ${least}`);
  }
}

test('text can be read on every surface it stands on (WCAG 2.2 AA, 1.4.3)', () => {
  for (const back of ['surface', 'canvas', 'raised', 'sunken', 'hover']) {
    for (const front of ['text', 'text-soft', 'text-faint', 'accent', 'danger', 'success', 'warning']) check(front, back, 4.5);
  }
  check('text', 'pressed', 4.5);
  check('text-soft', 'pressed', 4.5);
  check('on-ink', 'ink', 4.5);
  check('on-ink', 'ink-hover', 4.5);
  check('on-danger', 'danger-strong', 4.5);
  for (const tone of ['accent', 'success', 'warning', 'danger']) {
    check(tone, `${tone}-soft`, 4.5);
    check('text', `${tone}-soft`, 4.5);
  }
});

test('what can be used and what shows a state stands out (WCAG 2.2 AA, 1.4.11)', () => {
  for (const back of ['surface', 'raised', 'canvas']) {
    for (const front of ['line-control', 'accent-fill', 'success-fill', 'danger-fill']) check(front, back, 3);
  }
});
