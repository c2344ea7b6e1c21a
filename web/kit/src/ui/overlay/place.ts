/** Puts a floating element of the top layer beside its anchor: below it, or above where there is
 *  more room, and never beyond the window. Sizes come from the element itself. */
export function placeBeside(floating: HTMLElement, anchor: Element, align: 'start' | 'center' | 'end', gap = 6): void {
  const margin = 8;
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = floating;
  const wanted = { start: box.left, center: box.left + box.width / 2 - width / 2, end: box.right - width }[align];
  const left = Math.max(margin, Math.min(wanted, innerWidth - width - margin));
  const below = box.bottom + gap;
  const fitsBelow = below + height <= innerHeight - margin;
  const top = fitsBelow || box.top < innerHeight - box.bottom ? below : box.top - gap - height;
  // The object model may set what the policy forbids in markup.
  floating.style.left = `${Math.round(left)}px`;
  floating.style.top = `${Math.round(Math.max(margin, top))}px`;
}
