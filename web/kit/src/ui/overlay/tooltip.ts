import { placeBeside } from './place';

// One tooltip for the whole page: whatever has `data-tip` shows it on hover after a moment, and on
// keyboard focus at once. Escape hides it. Screen readers get the label of the element itself.

const delayMs = 350;

/** Starts the page's tooltips; returns how to stop. */
export function startTooltips(): () => void {
  const tip = document.createElement('div');
  tip.className = 'tooltip';
  tip.popover = 'manual';
  tip.setAttribute('aria-hidden', 'true');
  document.body.append(tip);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let anchor: Element | null = null;

  const hide = (): void => {
    clearTimeout(timer);
    anchor = null;
    if (tip.matches(':popover-open')) tip.hidePopover();
  };
  const show = (target: Element): void => {
    const text = target.getAttribute('data-tip');
    if (!text || !target.isConnected) return;
    anchor = target;
    tip.textContent = text;
    if (tip.matches(':popover-open')) tip.hidePopover(); // Topmost again, also above a dialog.
    tip.showPopover();
    placeBeside(tip, target, 'center');
  };
  const tipped = (event: Event): Element | null => (event.target instanceof Element ? event.target.closest('[data-tip]') : null);

  const onOver = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return;
    const target = tipped(event);
    if (target === anchor && target) return;
    hide();
    if (target) timer = setTimeout(() => show(target), delayMs);
  };
  const onFocus = (event: FocusEvent): void => {
    const target = tipped(event);
    // Later, for the focus may come from another popover that is only opening.
    if (target?.matches(':focus-visible')) timer = setTimeout(() => show(target));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.code === 'Escape') hide();
  };
  document.addEventListener('pointerover', onOver);
  document.addEventListener('pointerdown', hide);
  document.addEventListener('focusin', onFocus);
  document.addEventListener('focusout', hide);
  document.addEventListener('keydown', onKey);
  document.addEventListener('scroll', hide, { capture: true, passive: true });
  return () => {
    hide();
    tip.remove();
    document.removeEventListener('pointerover', onOver);
    document.removeEventListener('pointerdown', hide);
    document.removeEventListener('focusin', onFocus);
    document.removeEventListener('focusout', hide);
    document.removeEventListener('keydown', onKey);
    document.removeEventListener('scroll', hide, { capture: true });
  };
}
