// Prompt templates, read as the server reads them: `{{ name }}` is a parameter.

import type { Parameter } from '../../api/contract';

export interface TemplatePiece {
  text: string; // as it stands in the template
  parameter: string | null; // its name, for `{{name}}`
}

/** A name may stand between blanks; braces around anything else are plain text. */
const place = /\{\{\s*(\p{L}[\p{L}\p{N}_-]*)\s*\}\}/gu;

export function piecesOf(template: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let end = 0;
  for (const match of template.matchAll(place)) {
    if (match.index > end) pieces.push({ text: template.slice(end, match.index), parameter: null });
    pieces.push({ text: match[0], parameter: match[1] ?? null });
    end = match.index + match[0].length;
  }
  if (end < template.length) pieces.push({ text: template.slice(end), parameter: null });
  return pieces;
}

/** The names in a template, each once, in the order in which they come. */
export function namesIn(template: string): string[] {
  return [...new Set(piecesOf(template).flatMap((piece) => (piece.parameter === null ? [] : [piece.parameter])))];
}

export interface Reading {
  known: Parameter[];
  unknown: string[];
  variants: number; // 0 with unknown names
}

export function readTemplate(template: string, parameters: readonly Parameter[]): Reading {
  const known: Parameter[] = [];
  const unknown: string[] = [];
  for (const name of namesIn(template)) {
    const found = parameters.find((parameter) => parameter.name === name);
    if (found) known.push(found);
    else unknown.push(name);
  }
  return {
    known,
    unknown,
    variants: unknown.length > 0 ? 0 : known.reduce((product, parameter) => product * parameter.values.length, 1),
  };
}

/** Variant number `index` of the template: the last parameter turns fastest. */
export function resolved(template: string, { known, variants }: Reading, index: number): string {
  const chosen = new Map<string, string>();
  let rest = ((index % Math.max(variants, 1)) + variants) % Math.max(variants, 1);
  for (const parameter of [...known].reverse()) {
    const count = Math.max(parameter.values.length, 1);
    chosen.set(parameter.name, parameter.values[rest % count] ?? '');
    rest = Math.floor(rest / count);
  }
  return piecesOf(template)
    .map((piece) => (piece.parameter === null ? piece.text : (chosen.get(piece.parameter) ?? piece.text)))
    .join('');
}
