import { router } from '../../app';

type Relation = 'queue' | 'flow' | 'schedule' | 'group' | 'label' | 'host';

const filters: Readonly<Record<Relation, string>> = { queue: 'queue', flow: 'flowControlKey', schedule: 'schedule', group: 'urlGroup', label: 'label', host: 'host' };

/** The list of messages, filtered by what they have to do with. */
export function messagesHref(relations: Partial<Record<Relation, string>>): string {
  return router.href('messages', {}, Object.fromEntries(Object.entries(relations).map(([name, value]) => [filters[name as Relation], value])));
}
