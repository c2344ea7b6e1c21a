import { Badge, formatExact, Icon, Rich, type IconName } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { SignatureReport } from '../../api/contract';
import { t } from '../../i18n';
import { urlDifference, type UrlDifference } from './url-difference';

export type Check = SignatureReport['checks'][number];

const titles = {
  form: 'signature.formTitle',
  algorithm: 'signature.algorithmTitle',
  signature: 'signature.signatureTitle',
  issuer: 'signature.issuerTitle',
  subject: 'signature.subjectTitle',
  not_before: 'signature.notBeforeTitle',
  expires: 'signature.expiresTitle',
  body: 'signature.bodyTitle',
} as const satisfies Record<Check['code'], string>;

const verdicts = {
  form: ['signature.formOk', 'signature.formBad'],
  algorithm: ['signature.algorithmOk', 'signature.algorithmBad'],
  signature: ['signature.signatureCurrent', 'signature.signatureBad'],
  issuer: ['signature.issuerOk', 'signature.issuerBad'],
  subject: ['signature.subjectOk', 'signature.subjectBad'],
  not_before: ['signature.notBeforeOk', 'signature.notBeforeBad'],
  expires: ['signature.expiresOk', 'signature.expiresBad'],
  body: ['signature.bodyOk', 'signature.bodyBad'],
} as const satisfies Record<Check['code'], readonly [string, string]>;

const differences = {
  scheme: 'signature.subjectScheme',
  host: 'signature.subjectHost',
  port: 'signature.subjectPort',
  slash: 'signature.subjectSlash',
  path: 'signature.subjectPath',
  query: 'signature.subjectQuery',
  case: 'signature.subjectCase',
  other: 'signature.subjectOther',
} as const satisfies Record<UrlDifference, string>;

function verdict({ code, ok, key, found }: Check): string {
  if (ok === null) return code === 'subject' && found !== null ? t('signature.subjectSkipped') : t('signature.skipped');
  if (code === 'signature' && ok && key === 'next') return t('signature.signatureNext');
  return t(verdicts[code][ok ? 0 : 1]);
}

function remedy({ code, expected, found }: Check): string {
  switch (code) {
    case 'form':
      return t('signature.formRemedy');
    case 'algorithm':
      return t('signature.algorithmRemedy');
    case 'signature':
      return t('signature.signatureRemedy');
    case 'issuer':
      return t('signature.issuerRemedy');
    case 'subject':
      return t(differences[urlDifference(expected ?? '', found ?? '')]);
    case 'not_before':
      return t('signature.notBeforeRemedy');
    case 'expires':
      return t('signature.expiresRemedy');
    case 'body':
      return t('signature.bodyRemedy');
  }
}

/** What was found of the form: a part that cannot be read, or how many there are. */
function formFound(found: string): string {
  const counted = /^(\d+) parts, (\d+) bytes$/.exec(found);
  if (counted) return t('signature.formCount', { parts: Number(counted[1]), bytes: Number(counted[2]) });
  const parts: Readonly<Record<string, string>> = { header: t('signature.formPartHeader'), claims: t('signature.formPartClaims'), signature: t('signature.formPartSignature') };
  return parts[found] === undefined ? found : t('signature.formPart', { part: parts[found] });
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="check-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function timeText(text: string): ComponentChildren {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : <time dateTime={text}>{formatExact(at)}</time>;
}

/** A text with the part marked in which it is not as `other`. */
function Parting({ text, other }: { text: string; other: string }): JSX.Element {
  const shorter = Math.min(text.length, other.length);
  let begin = 0;
  while (begin < shorter && text[begin] === other[begin]) begin += 1;
  let end = 0;
  while (end < shorter - begin && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  return (
    <span class="mono wrap-anywhere">
      {text.slice(0, begin)}
      {begin + end < text.length && <mark class="check-mark">{text.slice(begin, text.length - end)}</mark>}
      {text.slice(text.length - end)}
    </span>
  );
}

/** What was wanted and found, where it says more than the verdict. */
function Facts({ check }: { check: Check }): JSX.Element | null {
  const { code, ok, expected, found } = check;
  const shown = (text: string | null, other: string | null = text): ComponentChildren => (text ? <Parting text={text} other={other ?? ''} /> : <span class="text-faint">{t('signature.nothing')}</span>);
  if (code === 'subject' && ok !== false) return found ? <Fact name={t('signature.signed')}>{shown(found)}</Fact> : null;
  if (code === 'expires' && ok === true && found) return <Fact name={t('signature.signed')}>{timeText(found)}</Fact>;
  if (ok !== false || code === 'signature') return null;
  switch (code) {
    case 'form':
      return <Fact name={t('signature.found')}>{found ? formFound(found) : shown(null)}</Fact>;
    case 'not_before':
    case 'expires':
      return (
        <>
          <Fact name={t('signature.signed')}>{found ? timeText(found) : shown(null)}</Fact>
          <Fact name={t('signature.now')}>{expected ? timeText(expected) : shown(null)}</Fact>
        </>
      );
    case 'subject':
      return (
        <>
          <Fact name={t('signature.given')}>{shown(expected, found)}</Fact>
          <Fact name={t('signature.signed')}>{shown(found, expected)}</Fact>
        </>
      );
    case 'body':
      return (
        <>
          <Fact name={t('signature.given')}>{shown(expected)}</Fact>
          <Fact name={t('signature.signed')}>{shown(found)}</Fact>
        </>
      );
    default:
      return (
        <>
          <Fact name={t('signature.expected')}>{shown(expected)}</Fact>
          <Fact name={t('signature.found')}>{shown(found)}</Fact>
        </>
      );
  }
}

/** One check: how it went, what was wanted and found, and what to do. */
export function CheckView({ check, children }: { check: Check; children?: ComponentChildren }): JSX.Element {
  const [icon, tone, state]: [IconName, 'success' | 'danger' | 'faint', string] =
    check.ok === null ? ['minus', 'faint', t('signature.stateSkipped')] : check.ok ? ['check', 'success', t('signature.stateOk')] : ['close', 'danger', t('signature.stateBad')];
  return (
    <li class="check" data-testid={`check ${check.code}`}>
      <span class={`check-icon check-icon-${tone}`}>
        <Icon name={icon} size={14} />
      </span>
      <div class="check-main">
        <h3 class="check-title">
          {t(titles[check.code])}
          <span class="visually-hidden">: {state}</span>
          {check.code === 'signature' && check.ok && check.key !== null && <Badge tone={check.key === 'next' ? 'info' : 'neutral'}>{check.key === 'next' ? t('settings.keyNext') : t('settings.keyCurrent')}</Badge>}
        </h3>
        <p class={check.ok === false ? '' : 'text-soft'}>{verdict(check)}</p>
        <dl class="check-facts">
          <Facts check={check} />
        </dl>
        {check.ok === false && (
          <p class="check-remedy">
            <Rich text={remedy(check)} />
          </p>
        )}
        {children}
      </div>
    </li>
  );
}
