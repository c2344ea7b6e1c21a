import { Icon } from '@godwit/kit';
import { useComputed, type ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { GalleryImage } from '../../api/contract';
import { t } from '../../i18n';
import { Picture } from './picture';
import type { Selection } from './selection';
import type { ItemWindow } from './window';

const holdMs = 450;

export interface TileEvents {
  /** A press on the picture: opens it, or selects while something is selected. */
  onPress: (position: number, image: GalleryImage, event: MouseEvent) => void;
  /** A press on the mark in the corner. */
  onSelect: (position: number, image: GalleryImage, event: MouseEvent) => void;
  onStar: (image: GalleryImage) => void;
}

interface TileProps extends TileEvents {
  items: ItemWindow<GalleryImage>;
  position: number;
  selection: ReadonlySignal<Selection>;
}

/** An image of the grid; an empty place until its page is here. */
export function Tile({ items, ...rest }: TileProps): JSX.Element {
  const image = items.item(rest.position);
  if (!image) return <div class="tile tile-coming" aria-hidden="true" />;
  // Another image is another tile: nothing of the former one is left.
  return <ImageTile key={image.id} image={image} {...rest} />;
}

function ImageTile({ image, position, selection, onPress, onSelect, onStar }: Omit<TileProps, 'items'> & { image: GalleryImage }): JSX.Element {
  const { id } = image;
  // Each tile follows its own bit of the selection.
  const selected = useComputed(() => selection.value.ids.has(id)).value;
  const selecting = useComputed(() => selection.value.ids.size > 0).value;
  // Marks are drawn where somebody points: a thousand tiles do without them.
  const [near, setNear] = useState(false);
  // A finger that rests on a picture selects it; the press that follows is not another.
  const hold = useRef<{ timer: ReturnType<typeof setTimeout> | undefined; held: boolean }>({ timer: undefined, held: false });
  const letGo = (): void => clearTimeout(hold.current.timer);
  useEffect(() => letGo, []);
  const touch = (event: PointerEvent & MouseEvent): void => {
    hold.current.held = false;
    if (event.pointerType === 'mouse') return;
    hold.current.timer = setTimeout(() => {
      hold.current.held = true;
      onSelect(position, image, event);
    }, holdMs);
  };
  return (
    <div
      class={`tile-frame${selected ? ' tile-selected' : ''}`}
      data-testid="tile"
      onPointerEnter={() => setNear(true)}
      onPointerLeave={(event) => setNear(event.currentTarget.contains(document.activeElement))}
      onFocusIn={() => setNear(true)}
      onFocusOut={() => setNear(false)}
    >
      <button
        type="button"
        class="tile"
        data-position={position}
        aria-label={t('gallery.openImage', { prompt: image.prompt })}
        onPointerDown={touch}
        onPointerUp={letGo}
        onPointerCancel={letGo}
        onPointerLeave={letGo}
        onContextMenu={(event) => {
          if (hold.current.held) event.preventDefault();
        }}
        onClick={(event) => {
          if (!hold.current.held) onPress(position, image, event);
          hold.current.held = false;
        }}
      >
        <Picture src={image.thumbUrl} />
        {near && <span class="tile-caption clip-2">{image.prompt}</span>}
      </button>
      {(near || selecting) && (
        <button
          type="button"
          class="tile-check"
          role="checkbox"
          aria-checked={selected}
          aria-label={t('gallery.select')}
          onClick={(event) => onSelect(position, image, event)}
        >
          {selected && <Icon name="check" size={14} />}
        </button>
      )}
      {(near || image.starred) && (
        <button
          type="button"
          class={`tile-favourite${image.starred ? ' tile-favourite-on' : ''}`}
          aria-pressed={image.starred}
          aria-label={image.starred ? t('gallery.unstar') : t('gallery.star')}
          onClick={() => onStar(image)}
        >
          <Icon name="star" size={14} filled={image.starred} />
        </button>
      )}
    </div>
  );
}
