// The effective configuration: filtered, in its sections, and how each setting is changed.

import type { Setting } from '../../api/contract';

export interface SettingFilter {
  text: string;
  section: string; // '*': all; '': those at the top
  changed: boolean; // only what differs from the default
}

/** The settings that a filter leaves; all words have to be found, in the name, the value or the help. */
export function filtered(settings: readonly Setting[], { text, section, changed }: SettingFilter, helpOf: (setting: Setting) => string): Setting[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return settings.filter((setting) => {
    if (changed && setting.origin === 'default') return false;
    if (section !== '*' && setting.section !== section) return false;
    const where = [setting.name, ...spellings(setting), setting.value, setting.originName ?? '', setting.help, helpOf(setting)].join('\n').toLowerCase();
    return words.every((word) => where.includes(word));
  });
}

/** In the order in which they come. */
export function sectionsOf(settings: readonly Setting[]): { section: string; settings: Setting[] }[] {
  const sections: { section: string; settings: Setting[] }[] = [];
  for (const setting of settings) {
    const known = sections.find(({ section }) => section === setting.section);
    if (known) known.settings.push(setting);
    else sections.push({ section: setting.section, settings: [setting] });
  }
  return sections;
}

/** A setting as a flag and as a variable; secrets have no flag of their own, only one for a file. */
export function spellings(setting: Pick<Setting, 'name' | 'secret'>): [flag: string, variable: string] {
  const flag = `--${setting.name.replaceAll(/[._]/g, '-')}`;
  return [setting.secret ? `${flag}-file` : flag, `GODWIT_${setting.name.replaceAll('.', '_').toUpperCase()}`];
}

/** What people ask for first, by what they want to know. */
export const limitGroups = {
  retention: ['engine.log_retention', 'engine.dead_letter_retention', 'engine.deduplication_window', 'engine.ended_readable', 'engine.log_response_body_max', 'engine.log_delivered_response_max', 'engine.flow_control_idle'],
  messages: ['api.message_size_max', 'api.forwarded_headers_size_max', 'api.retries_max', 'api.delay_max', 'delivery.timeout_max', 'api.batch_items_max', 'api.group_publish_bytes_max'],
  pace: ['delivery.in_flight_max', 'delivery.in_flight_per_host_max', 'delivery.in_flight_per_account_max', 'api.messages_per_day', 'api.requests_per_second'],
  amounts: ['engine.queues_max', 'api.queue_parallelism_max', 'engine.schedules_max', 'engine.url_groups_max', 'engine.endpoints_max'],
  safety: ['store.sync', 'engine.disk_free_min', 'engine.run_missed_schedules', 'delivery.allow'],
} as const;
export type LimitGroup = keyof typeof limitGroups;

/** Those of a group that this broker has, in the group's order. */
export function limitsOf(settings: readonly Setting[], group: LimitGroup): Setting[] {
  return limitGroups[group].flatMap((name) => settings.find((setting) => setting.name === name) ?? []);
}
