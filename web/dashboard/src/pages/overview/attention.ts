// What needs attention, as sentences with the page where something can be done about it.

import { formatBytes, type TextParameters } from '@godwit/kit';

import type { Attention } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';

type Parameters = Readonly<Record<string, string | number>>;

interface Kind {
  /** What the text of this kind is filled with. */
  fill: (given: Parameters) => TextParameters;
  href: (given: Parameters) => string | null;
  /** Names what it is about: an item that stays the same keeps its place on the page. */
  about?: string;
}

const text = (value: string | number | undefined): string => String(value ?? '');
const count = (value: string | number | undefined): number => Number(value ?? 0);

const kinds: Readonly<Record<Attention['code'], Kind>> = {
  dead_letters_growing: { fill: (p) => ({ count: count(p['count']), minutes: count(p['minutes']) }), href: () => router.href('dlq') },
  destination_failing: {
    fill: (p) => ({ host: text(p['host']), failed: count(p['failed']), count: count(p['attempts']) }),
    href: (p) => router.href('messages', {}, { host: text(p['host']), since: '1h' }),
    about: 'host',
  },
  queue_paused: { fill: (p) => ({ queue: text(p['queue']), count: count(p['waiting']) }), href: (p) => router.href('queue', { name: text(p['queue']) }), about: 'queue' },
  flow_control_paused: { fill: (p) => ({ key: text(p['key']), count: count(p['waiting']) }), href: (p) => router.href('flowControlKey', { key: text(p['key']) }), about: 'key' },
  schedule_failing: { fill: (p) => ({ schedule: text(p['schedule']), count: count(p['failed']) }), href: (p) => router.href('schedule', { id: text(p['schedule']) }), about: 'schedule' },
  backlog_growing: { fill: (p) => ({ count: count(p['waiting']), perMinute: count(p['perMinute']) }), href: () => router.href('messages', {}, { state: 'waiting' }) },
  disk_low: { fill: (p) => ({ free: formatBytes(count(p['freeBytes'])), min: formatBytes(count(p['minFreeBytes'])) }), href: () => router.href('settings') },
  logs_degraded: { fill: (p) => ({ count: count(p['bodiesShed']) }), href: () => router.href('logs') },
  not_durable: { fill: () => ({}), href: () => router.href('settings') },
};

export interface AttentionLine {
  key: string;
  severity: Attention['severity'];
  text: string;
  href: string | null;
}

/** A code of a newer server than this page is shown as it is, with the server's own link. */
export function attentionLine({ code, severity, params, href }: Attention): AttentionLine {
  const kind = Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  if (!kind) return { key: `${code} ${JSON.stringify(params)}`, severity, text: `${code} ${JSON.stringify(params)}`, href };
  return {
    key: `${code} ${kind.about === undefined ? '' : text(params[kind.about])}`,
    severity,
    text: t.find(`overview.attention_${code}`, kind.fill(params)) ?? code,
    href: kind.href(params),
  };
}
