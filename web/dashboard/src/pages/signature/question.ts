// What is asked of the broker, and what a caught delivery fills in. Everything stays in memory.

import type { Catcher, SignatureReport } from '../../api/contract';

export type BodyKind = 'text' | 'base64' | 'file';

export interface Pasted {
  signature: string;
  url: string;
  bodyKind: BodyKind;
  text: string;
  base64: string;
  file: { name: string; bytes: number; base64: string } | null;
}

export const nothingPasted: Pasted = { signature: '', url: '', bodyKind: 'text', text: '', base64: '', file: null };

export interface Question {
  signature: string;
  url: string;
  body?: string;
  bodyBase64?: string;
}

export function isBase64(text: string): boolean {
  const plain = text.replaceAll(/\s/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(plain) && plain.replace(/=+$/, '').length % 4 !== 1;
}

/** The header's value as people copy it: with its name, in quotes, in several lines. */
export function cleanSignature(text: string): string {
  return text
    .trim()
    .replace(/^upstash-signature\s*:\s*/i, '')
    .replaceAll(/\s/g, '')
    .replace(/^(["'])(.*)\1$/, '$2');
}

/** null: there is nothing to ask yet, or the body cannot be read. */
export function questionOf(pasted: Pasted): Question | null {
  const signature = cleanSignature(pasted.signature);
  if (signature === '') return null;
  const question = { signature, url: pasted.url.trim() };
  if (pasted.bodyKind === 'text') return { ...question, body: pasted.text };
  if (pasted.bodyKind === 'base64') return isBase64(pasted.base64) ? { ...question, bodyBase64: pasted.base64.replaceAll(/\s/g, '') } : null;
  return { ...question, bodyBase64: pasted.file?.base64 ?? '' };
}

export type Caught = { kind: 'none' } | { kind: 'unsigned' } | { kind: 'taken'; pasted: Pasted; cut: { kept: number; bytes: number } | null };

/** The newest delivery that the catcher has, as the fields of the page. */
export function newestCaught(catcher: Catcher): Caught {
  const newest = catcher.caught[0];
  if (!newest) return { kind: 'none' };
  const signature = newest.headers.find(({ name }) => name.toLowerCase() === 'upstash-signature')?.value;
  if (signature === undefined) return { kind: 'unsigned' };
  const { text, base64, bytes, kept } = newest.body;
  return {
    kind: 'taken',
    pasted: { ...nothingPasted, signature, url: catcher.url, ...(text === null && base64 !== null ? { bodyKind: 'base64' as const, base64 } : { text: text ?? '' }) },
    cut: kept < bytes ? { kept, bytes } : null,
  };
}

type Check = SignatureReport['checks'][number];

export function failing(report: SignatureReport): Check[] {
  return report.checks.filter(({ ok }) => ok === false);
}

/** Whether time alone speaks against it: what one sees of every delivery that is looked at later. */
export function onlyExpired(report: SignatureReport): boolean {
  const wrong = failing(report);
  return wrong.length === 1 && wrong[0]?.code === 'expires';
}
