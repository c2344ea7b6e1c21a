// Whether somebody reads the list: then nothing in it may move.

import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Reading {
  /** As it is now, for handlers. */
  is: () => boolean;
  /** As it was when the page was drawn. */
  shown: boolean;
}

/** The list's beginning is in sight while this much of the page above it has gone at most. */
const slack = 4;

/** The reader points at the list, has the focus in it, or has scrolled down it. `onRest`: does so no more. */
export function useReading(box: RefObject<HTMLElement>, onRest: () => void): Reading {
  const hover = useRef(false);
  const [shown, setShown] = useState(false);
  const rest = useRef(onRest);
  rest.current = onRest;
  const is = (): boolean => {
    const element = box.current;
    const scrolled = element !== null && scrollY > slack && element.getBoundingClientRect().top < slack;
    return hover.current || scrolled || element?.contains(document.activeElement) === true;
  };
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const before = { reading: is() };
    setShown(before.reading);
    const look = (): void => {
      const reading = is();
      if (reading === before.reading) return;
      before.reading = reading;
      setShown(reading);
      if (!reading) rest.current();
    };
    const on = (event: PointerEvent): void => {
      // A finger that has touched does not point at anything afterwards.
      hover.current = event.type === 'pointerenter' && event.pointerType !== 'touch';
      look();
    };
    // The focus is on its way when focusout is told.
    const onFocus = (): void => void setTimeout(look);
    element.addEventListener('pointerenter', on);
    element.addEventListener('pointerleave', on);
    element.addEventListener('focusin', onFocus);
    element.addEventListener('focusout', onFocus);
    addEventListener('scroll', look, { passive: true });
    return () => {
      element.removeEventListener('pointerenter', on);
      element.removeEventListener('pointerleave', on);
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('focusout', onFocus);
      removeEventListener('scroll', look);
    };
  }, []);
  return { is, shown };
}
