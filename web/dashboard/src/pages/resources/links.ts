import { router } from '../../app';

type Qualifier = 'queue' | 'flow' | 'schedule' | 'group' | 'label' | 'host';

/** The list of messages, filtered by what they have to do with. */
export function messagesHref(filter: Partial<Record<Qualifier, string>>): string {
  const q = Object.entries(filter).map(([name, value]) => `${name}:${/[\s"]/.test(value) ? JSON.stringify(value) : value}`);
  return router.href('messages', {}, { q: q.join(' ') });
}
