// Figures of the overview in words.

import { formatDuration, formatNumber } from '@godwit/kit';

/** "0.4", "12.5", "1,234": what happens a second. */
export function rateText(perSecond: number): string {
  const digits = perSecond >= 100 ? 0 : perSecond >= 10 || perSecond === 0 ? 1 : 2;
  return formatNumber(perSecond, { maximumFractionDigits: digits });
}

/** A share as per cent, rounded down: nothing short of all is ever 100 %. */
export function shareText(share: number): string {
  return formatNumber(Math.floor(share * 10_000 + 1e-6) / 10_000, { style: 'percent', maximumFractionDigits: share > 0.99 && share < 1 ? 2 : 1 });
}

/** Durations with a fraction below 10 ms, where it is most of the number. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds >= 9.95 || milliseconds <= 0) return formatDuration(milliseconds);
  return formatNumber(milliseconds, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 1 }).replace(/\s/, '\u00a0');
}

/** A duration on an axis: one unit, for there is little room. */
export function axisDuration(milliseconds: number): string {
  if (milliseconds < 60_000) return millisecondsText(milliseconds);
  return formatNumber(milliseconds / 1000, { style: 'unit', unit: 'second', unitDisplay: 'narrow' });
}
