// A picture in its frame: zoomed by wheel, pinch or double click, moved by dragging, left by swiping.

import type { Signal } from '@preact/signals';
import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { GalleryImage } from '../../api/contract';
import { t } from '../../i18n';
import { fitted, panned, toggledAt, whole, zoomedAt, type Size, type View } from './zoom';

interface StageProps {
  image: GalleryImage;
  /** Shared by stages that move together; a stage has its own otherwise. */
  view?: Signal<View>;
  /** A sideways swipe over the whole picture: -1 back, 1 on. */
  onSwipe?: (step: -1 | 1) => void;
}

const swipeMin = 60;
const wheelStep = 0.0018;

interface Touch {
  x: number;
  y: number;
}

export function Stage({ image, view: shared, onSwipe }: StageProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const own = useSignal<View>(whole);
  const view = shared ?? own;
  const [state, setState] = useState<'coming' | 'here' | 'missing'>('coming');
  const natural = useRef<Size>({ width: image.width, height: image.height });

  const frameSize = (): Size => ({ width: frame.current?.clientWidth ?? 0, height: frame.current?.clientHeight ?? 0 });
  const shownSize = (): Size => fitted(natural.current, frameSize());
  const pointOf = (event: { clientX: number; clientY: number }): Touch => {
    const box = frame.current?.getBoundingClientRect();
    return box ? { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 } : { x: 0, y: 0 };
  };

  useSignalEffect(() => {
    const { scale, x, y } = view.value;
    const element = picture.current;
    if (!element) return;
    // The transform goes to the element at once: nothing is drawn again while a finger moves.
    element.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    frame.current?.classList.toggle('stage-zoomed', scale > 1);
  });
  useEffect(() => {
    natural.current = { width: image.width, height: image.height };
    if (!shared) own.value = whole;
    setState(picture.current?.complete && picture.current.naturalWidth > 0 ? 'here' : 'coming');
  }, [image.url]);

  const gesture = useRef({ touches: new Map<number, Touch>(), moved: 0, start: { x: 0, y: 0 }, pinched: false });
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    // Not passive: the page must not zoom instead.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      view.value = zoomedAt(view.peek(), Math.exp(-event.deltaY * lines * wheelStep), pointOf(event), shownSize(), frameSize());
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [view]);

  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    frame.current?.setPointerCapture(event.pointerId);
    const point = pointOf(event);
    const { current } = gesture;
    if (current.touches.size === 0) {
      current.start = point;
      current.moved = 0;
      current.pinched = false;
    } else {
      current.pinched = true;
    }
    current.touches.set(event.pointerId, point);
  };
  const onMove = (event: PointerEvent): void => {
    const { current } = gesture;
    const before = current.touches.get(event.pointerId);
    if (!before) return;
    const point = pointOf(event);
    const other = [...current.touches].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (touch: Touch): number => Math.hypot(touch.x - other.x, touch.y - other.y);
      const middle = { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 };
      view.value = zoomedAt(view.peek(), distance(point) / Math.max(1, distance(before)), middle, shownSize(), frameSize());
    } else if (view.peek().scale > 1) {
      view.value = panned(view.peek(), point.x - before.x, point.y - before.y, shownSize(), frameSize());
    }
    current.moved += Math.hypot(point.x - before.x, point.y - before.y);
    current.touches.set(event.pointerId, point);
  };
  const onUp = (event: PointerEvent): void => {
    const { current } = gesture;
    const point = current.touches.get(event.pointerId);
    current.touches.delete(event.pointerId);
    if (!point || current.touches.size > 0 || current.pinched || view.peek().scale > 1 || event.pointerType === 'mouse') return;
    const dx = point.x - current.start.x;
    if (Math.abs(dx) > swipeMin && Math.abs(dx) > Math.abs(point.y - current.start.y) * 1.5) onSwipe?.(dx < 0 ? 1 : -1);
  };
  const forget = (event: PointerEvent): void => void gesture.current.touches.delete(event.pointerId);

  return (
    <div
      ref={frame}
      class="stage"
      aria-label={t('gallery.stage')}
      role="group"
      data-testid="stage"
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={forget}
      onDblClick={(event) => {
        view.value = toggledAt(view.peek(), pointOf(event), natural.current, shownSize(), frameSize());
      }}
    >
      {state === 'missing' ? (
        <p class="stage-missing">{t('gallery.imageMissing')}</p>
      ) : (
        <>
          {state === 'coming' && <img key={`${image.id}-thumb`} class="stage-picture stage-thumb" src={image.thumbUrl} alt="" draggable={false} />}
          <img
            key={image.id}
            ref={picture}
            class={`stage-picture stage-${state}`}
            src={image.url}
            alt={image.prompt}
            draggable={false}
            decoding="async"
            onLoad={(event) => {
              natural.current = { width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight };
              setState('here');
            }}
            onError={() => setState('missing')}
          />
        </>
      )}
    </div>
  );
}
