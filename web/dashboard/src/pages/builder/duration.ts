// Durations as the wire writes them: `1m30s`, `1.5h`, `1d10h`, `250ms`, and a lone `0`.

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, '\u00b5s': 1e-3, '\u03bcs': 1e-3, ns: 1e-6 };
const part = /(\d+\.?\d*|\.\d+)([^\d.]+)/y;
const durationMaxMs = 36_525 * 86_400_000; // 100 years

/** Milliseconds; null for what the broker would refuse. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim().replace(/^\+/, '');
  if (trimmed === '0') return 0;
  if (trimmed === '') return null;
  let total = 0;
  part.lastIndex = 0;
  while (part.lastIndex < trimmed.length) {
    const match = part.exec(trimmed);
    const unit = match ? unitMs[match[2] ?? ''] : undefined;
    if (!match || unit === undefined) return null;
    total += Number(match[1]) * unit;
  }
  return total > durationMaxMs ? null : Math.floor(total);
}
