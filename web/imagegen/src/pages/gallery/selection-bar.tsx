import { Button, IconButton } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

interface SelectionBarProps {
  count: number;
  total: number;
  selectingAll: boolean;
  onAll: () => void;
  onClear: () => void;
  onZip: () => void;
  onStar: () => void;
  onCompare: () => void;
  onDelete: () => void;
}

/** What can be done to the selected images; it floats above the grid while there are any. */
export function SelectionBar({ count, total, selectingAll, onAll, onClear, onZip, onStar, onCompare, onDelete }: SelectionBarProps): JSX.Element {
  return (
    <div class="selection-bar" role="toolbar" aria-label={t('gallery.selected', { count })} data-testid="selection-bar">
      <IconButton icon="close" label={t('gallery.clearSelection')} onClick={onClear} />
      <span class="selection-count numeric" aria-live="polite">
        {t('gallery.selected', { count })}
      </span>
      {count < total && (
        <Button size="small" variant="ghost" busy={selectingAll} onClick={onAll}>
          {selectingAll ? t('gallery.selectingAll') : t('gallery.selectAll')}
        </Button>
      )}
      <span class="gallery-space" />
      <IconButton
        icon="compare"
        label={count === 2 ? t('gallery.compare') : t('gallery.compareHint')}
        disabled={count !== 2}
        onClick={onCompare}
        testId="compare-selected"
      />
      <IconButton icon="star" label={t('gallery.star')} onClick={onStar} />
      <IconButton icon="download" label={t('gallery.downloadZip')} onClick={onZip} testId="zip-selected" />
      <IconButton icon="trash" danger label={t('gallery.delete')} onClick={onDelete} testId="delete-selected" />
    </div>
  );
}
