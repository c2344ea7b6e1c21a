import { Button, Icon, Select, Segmented, TextInput, type SelectOption } from '@godwit/kit';
import type { JSX, RefObject } from 'preact';
import { useState } from 'preact/hooks';

import type { Facets } from '../../api/contract';
import { t } from '../../i18n';
import { activeCount, splitParameter, type GalleryFilters } from './filters';

export type GalleryView = 'grid' | 'matrix';

interface FilterBarProps {
  filters: GalleryFilters;
  facets: Facets | null;
  view: GalleryView;
  onChange: (change: Partial<GalleryFilters>) => void;
  onView: (view: GalleryView) => void;
  onReset: () => void;
  searchBox: RefObject<HTMLDivElement>;
}

/** Options of a choice that also keeps what was chosen but is not offered any more. */
function options(all: string, offered: readonly SelectOption<string>[], chosen: string): SelectOption<string>[] {
  const missing = chosen !== '' && !offered.some(({ value }) => value === chosen);
  return [{ value: '', label: all }, ...offered, ...(missing ? [{ value: chosen, label: chosen }] : [])];
}

/** A parameter, and then one of its values. */
function ParameterFilter({ filters, facets, onChange }: Pick<FilterBarProps, 'filters' | 'facets' | 'onChange'>): JSX.Element {
  const chosen = splitParameter(filters.parameter);
  const [name, setName] = useState(chosen?.name ?? '');
  const shown = chosen?.name ?? name;
  const values = facets?.parameters[shown] ?? [];
  return (
    <>
      <Select
        label={t('gallery.parameter')}
        value={shown}
        options={options(t('gallery.anyParameter'), Object.keys(facets?.parameters ?? {}).map((value) => ({ value, label: value })), shown)}
        onChange={(next) => {
          setName(next);
          onChange({ parameter: '' });
        }}
      />
      {shown !== '' && (
        <Select
          label={t('gallery.value')}
          value={chosen?.value ?? ''}
          options={options(t('gallery.anyValue'), values.map((value) => ({ value, label: value })), chosen?.value ?? '')}
          onChange={(value) => onChange({ parameter: value === '' ? '' : `${shown}:${value}` })}
        />
      )}
    </>
  );
}

/** What of the gallery is shown, and how. Often used filters stand in a line, the others below it on request. */
export function FilterBar({ filters, facets, view, onChange, onView, onReset, searchBox }: FilterBarProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const { search: _, generation: __, starred: ___, ...less } = filters;
  const hidden = activeCount({ ...less, search: '', generation: '', starred: false });
  const showMore = open || hidden > 0;
  return (
    <div class="gallery-filters" role="search">
      <div class="gallery-filters-line">
        <div class="gallery-search" ref={searchBox}>
          <TextInput
            type="search"
            label={t('gallery.search')}
            hideLabel
            placeholder={t('gallery.searchPlaceholder')}
            value={filters.search}
            onChange={(search) => onChange({ search })}
          />
        </div>
        <div class="gallery-generation">
          <Select
            label={t('gallery.generation')}
            hideLabel
            value={filters.generation}
            options={options(
              t('gallery.allGenerations'),
              (facets?.generations ?? []).map(({ id, name, images }) => ({
                value: id,
                label: t('gallery.generationOption', { name, count: images }),
              })),
              filters.generation,
            )}
            onChange={(generation) => onChange({ generation })}
          />
        </div>
        <button
          type="button"
          class="filter-toggle"
          aria-pressed={filters.starred}
          aria-label={t('gallery.starred')}
          onClick={() => onChange({ starred: !filters.starred })}
          data-testid="filter-starred"
        >
          <Icon name="star" filled={filters.starred} />
          <span class="filter-label">{t('gallery.starred')}</span>
        </button>
        <button type="button" class="filter-toggle" aria-expanded={showMore} aria-label={t('gallery.moreFilters')} onClick={() => setOpen(!showMore)} data-testid="more-filters">
          <Icon name="filter" />
          <span class="filter-label">{t('gallery.moreFilters')}</span>
          {hidden > 0 && <span class="tab-count">{hidden}</span>}
        </button>
        <span class="gallery-space" />
        <Segmented<GalleryView>
          label={t('gallery.view')}
          value={view}
          options={[
            { value: 'grid', label: t('gallery.viewGrid') },
            { value: 'matrix', label: t('gallery.viewMatrix') },
          ]}
          onChange={onView}
        />
      </div>
      {showMore && (
        <div class="gallery-filters-more">
          <Select
            label={t('gallery.prompt')}
            value={filters.prompt}
            options={options(t('gallery.allPrompts'), (facets?.prompts ?? []).map(({ id, name }) => ({ value: id, label: name })), filters.prompt)}
            onChange={(prompt) => onChange({ prompt })}
          />
          <ParameterFilter filters={filters} facets={facets} onChange={onChange} />
          <Select
            label={t('gallery.model')}
            value={filters.model}
            options={options(t('gallery.allModels'), (facets?.models ?? []).map((model) => ({ value: model, label: model })), filters.model)}
            onChange={(model) => onChange({ model })}
          />
          <TextInput type="date" label={t('gallery.from')} value={filters.from} onChange={(from) => onChange({ from })} />
          <TextInput type="date" label={t('gallery.to')} value={filters.to} onChange={(to) => onChange({ to })} />
          <Select
            label={t('gallery.order')}
            value={filters.order}
            options={[
              { value: 'newest', label: t('gallery.newest') },
              { value: 'oldest', label: t('gallery.oldest') },
            ]}
            onChange={(order) => onChange({ order })}
          />
          {activeCount(filters) > 0 && (
            <div class="gallery-reset">
              <Button variant="ghost" icon="close" onClick={onReset}>
                {t('gallery.resetFilters')}
              </Button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
