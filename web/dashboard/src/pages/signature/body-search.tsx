import { usePoll } from '@godwit/kit';
import type { JSX } from 'preact';

import type { SignatureReport } from '../../api/contract';
import { api } from '../../app';
import { t } from '../../i18n';
import { bodyChanges, type BodyChange } from './body-changes';

const texts = {
  empty: 'signature.changeEmpty',
  noNewline: 'signature.changeNoNewline',
  newline: 'signature.changeNewline',
  trimmed: 'signature.changeTrimmed',
  lf: 'signature.changeLf',
  crlf: 'signature.changeCrlf',
  minified: 'signature.changeMinified',
  spaced: 'signature.changeSpaced',
  pretty: 'signature.changePretty',
  unescaped: 'signature.changeUnescaped',
  quoted: 'signature.changeQuoted',
  base64: 'signature.changeBase64',
} as const satisfies Record<BodyChange, string>;

/** Beyond, asking about each change costs more than it tells. */
export const searchedMax = 256 * 1024;

/** Looks for the body that the signature was made for, among what usually happens to one. */
export function BodySearch({ signature, text }: { signature: string; text: string }): JSX.Element {
  const search = usePoll<{ change: BodyChange | null }>(`${signature}\n${text}`, {
    async load(signal) {
      for (const { change, body } of bodyChanges(text)) {
        const report = await api.post<SignatureReport>('/admin/v1/signature/check', { signature, body }, { signal });
        if (report.checks.find(({ code }) => code === 'body')?.ok) return { change };
      }
      return { change: null };
    },
    outlook: () => ({ final: true }),
  });
  const found = search.value.value;
  return (
    <p class={found?.change ? 'check-found' : 'text-soft text-small'} role="status" data-testid="body-search">
      {found === undefined ? (search.error.value === undefined ? `${t('signature.bodySearching')}…` : '') : found.change === null ? t('signature.bodyFitsNone') : t('signature.bodyFits', { change: t(texts[found.change]) })}
    </p>
  );
}
