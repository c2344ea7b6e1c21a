import { Button, EmptyState, Select, Switch, TextInput, useShortcut } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { Setting } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import { filtered, sectionsOf, spellings } from './configuration';
import { Help, helpOf, Origin, ValueText } from './setting-parts';

function Row({ setting }: { setting: Setting }): JSX.Element {
  const [flag, variable] = spellings(setting);
  return (
    <div class="setting" role="row" data-testid={`setting ${setting.name}`}>
      <div class="setting-what" role="cell">
        <span class="mono setting-name" data-tip={`${flag} · ${variable}`}>
          {setting.name}
        </span>
        <span class="setting-help">
          <Help setting={setting} />
        </span>
      </div>
      <div class="setting-cell" role="cell">
        <ValueText setting={setting} />
      </div>
      <div class="setting-cell" role="cell">
        <Origin setting={setting} />
      </div>
    </div>
  );
}

/** Every setting as it is in force, to be searched. The filter stands in the address. */
export function ConfigurationTable({ settings }: { settings: readonly Setting[] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useShortcut('Slash', () => t('settings.search'), (event) => {
    event.preventDefault();
    box.current?.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
  });
  const query = router.current.value?.query;
  const text = query?.get('q') ?? '';
  const sections = sectionsOf(settings).map(({ section }) => section);
  // Those at the top have no section: "top" stands for it in the address.
  const asked = query?.get('section') ?? '*';
  const section = asked === 'top' ? '' : sections.includes(asked) ? asked : '*';
  const changed = query?.get('changed') === '1';
  const found = filtered(settings, { text, section, changed }, helpOf);
  const clear = (): void => router.setQuery({ q: null, section: null, changed: null });
  return (
    <div ref={box} class="stack">
      <p class="page-lead settings-lead">{t('settings.configurationLead')}</p>
      <div class="setting-filters">
        <TextInput type="search" label={t('settings.search')} placeholder={t('settings.searchHint')} value={text} onChange={(q) => router.setQuery({ q })} />
        <Select
          label={t('settings.section')}
          value={section === '' ? 'top' : section}
          options={[{ value: '*', label: t('settings.sectionAll') }, ...sections.map((name) => (name === '' ? { value: 'top', label: t('settings.sectionTop') } : { value: name, label: name }))]}
          onChange={(value) => router.setQuery({ section: value === '*' ? null : value })}
        />
      </div>
      <div class="setting-bar">
        <Switch label={t('settings.changedOnly')} checked={changed} onChange={(on) => router.setQuery({ changed: on ? '1' : null })} />
        <span class="text-soft text-small" role="status">
          {t('settings.shown', { count: found.length })}
        </span>
      </div>
      {found.length === 0 ? (
        <EmptyState compact icon="search" title={t('settings.noneTitle')} actions={<Button onClick={clear}>{t('settings.noneClear')}</Button>}>
          {t('settings.noneText')}
        </EmptyState>
      ) : (
        <div class="settings-table" role="table" aria-label={t('settings.tabConfiguration')}>
          <div class="setting setting-titles" role="row">
            <span role="columnheader">{t('settings.columnName')}</span>
            <span role="columnheader">{t('settings.columnValue')}</span>
            <span role="columnheader">{t('settings.columnOrigin')}</span>
          </div>
          {sectionsOf(found).map(({ section: name, settings: own }) => (
            <div key={name} role="rowgroup" class="setting-section">
              <div role="row">
                <h2 class="setting-section-title" role="rowheader" aria-colspan={3}>
                  {name === '' ? t('settings.sectionTop') : name}
                </h2>
              </div>
              {own.map((setting) => (
                <Row key={setting.name} setting={setting} />
              ))}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
