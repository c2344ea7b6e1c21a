// The one file that speaks to uPlot; it is fetched when the first chart is shown. Everything on the
// canvas is drawn in the page's tokens, which are read anew when the theme changes.

import { locale } from '@godwit/kit';
import uPlot from 'uplot';

import { decades, decadeSplits, isolated, logFloor, niceTop, tickTexts } from './scale';

export type Values = readonly (number | null)[];

export interface PlotLine {
  /** A token of the kit, without its dashes: 'accent-fill'. */
  ink: string;
  kind: 'line' | 'area' | 'bars';
  dash?: readonly number[];
}

export interface PlotOptions {
  lines: readonly PlotLine[];
  scale: 'linear' | 'log';
  /** Charts of one group show their cursors at the same time. */
  group: string;
  /** A value on the axis, in the reader's language. */
  axisText: (value: number) => string;
  /** The place that the reader points at; null when they point at none. */
  onPlace: (index: number | null) => void;
}

export interface PlotData {
  times: readonly number[]; // seconds since 1970
  stepSeconds: number;
  values: readonly Values[]; // one for each line
}

export interface Plot {
  show(data: PlotData): void;
  resize(width: number, height: number): void;
  /** Draws all again: the theme or the language is another. */
  restyle(): void;
  /** Points at a place, as the mouse does; null at none. */
  point(index: number | null): void;
  stop(): void;
}

const axisWidth = 56;

/** Colours of the page as a canvas takes them: tokens are functions of the theme until somebody computes them. */
function palette(box: HTMLElement, lines: readonly PlotLine[]): { inks: string[]; fills: string[]; text: string; line: string; font: string } {
  const probe = document.createElement('span');
  probe.hidden = true;
  box.append(probe);
  const resolve = (color: string): string => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  };
  const found = {
    inks: lines.map(({ ink }) => resolve(`var(--${ink})`)),
    fills: lines.map(({ ink, kind }) => resolve(`color-mix(in srgb, var(--${ink}) ${kind === 'bars' ? 70 : 12}%, transparent)`)),
    text: resolve('var(--text-faint)'),
    line: resolve('var(--line)'),
    font: `11.5px ${getComputedStyle(box).fontFamily}`,
  };
  probe.remove();
  return found;
}

export function createPlot(box: HTMLElement, size: { width: number; height: number }, options: PlotOptions): Plot {
  const { lines, scale, group } = options;
  let colors = palette(box, lines);
  let data: PlotData = { times: [], stepSeconds: 60, values: lines.map(() => []) };

  const plot = new uPlot(
    {
      ...size,
      legend: { show: false },
      padding: [10, 18, 0, 0],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: group, setSeries: false },
        points: { size: 6, width: 0, fill: (_, series) => colors.inks[series - 1] ?? '' },
      },
      scales: {
        x: {
          time: true,
          // To the end of the newest step: it has its width as the others have.
          range: (_, min, max) => [min, (data.times[data.times.length - 1] ?? max) + data.stepSeconds],
        },
        y: {
          distr: scale === 'log' ? 3 : 1,
          range: (_, min, max) => (scale === 'log' ? decades(min, max) : [0, niceTop(max)]),
        },
      },
      axes: [
        {
          stroke: () => colors.text,
          font: colors.font,
          size: 30,
          gap: 6,
          space: 70,
          grid: { show: false },
          ticks: { stroke: () => colors.line, width: 1, size: 4 },
          border: { show: true, stroke: () => colors.line, width: 1 },
          values: (_, splits, _axis, _space, step) => tickTexts(splits, step, { language: locale.peek() }),
        },
        {
          stroke: () => colors.text,
          font: colors.font,
          size: axisWidth,
          gap: 8,
          space: 36,
          grid: { stroke: () => colors.line, width: 1 },
          ticks: { show: false },
          ...(scale === 'log'
            ? { splits: (_: uPlot, _axis: number, low: number, high: number) => decadeSplits(low, high), filter: (_: uPlot, splits: number[]) => splits }
            : {}),
          values: (_, splits) => splits.map((value) => options.axisText(value)),
        },
      ],
      series: [
        {},
        ...lines.map(
          ({ kind, dash }, index): uPlot.Series => ({
            stroke: () => colors.inks[index] ?? '',
            width: kind === 'bars' ? 0 : 1.5,
            ...(dash ? { dash: [...dash] } : {}),
            ...(kind === 'line' ? {} : { fill: () => colors.fills[index] ?? '' }),
            ...(kind === 'bars' && uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.8, 28, 1], align: 1 }) } : {}),
            points: {
              show: false,
              size: 4,
              fill: () => colors.inks[index] ?? '',
              filter: () => (kind === 'bars' ? null : isolated(data.values[index] ?? [])),
            },
          }),
        ),
      ],
      hooks: { setLegend: [(self) => options.onPlace(self.cursor.idx ?? null)] },
    },
    [[], ...lines.map(() => [])],
    box,
  );

  return {
    show(next) {
      data = next;
      const drawn = next.values.map((values) => values.map((value) => (value !== null && scale === 'log' ? Math.max(value, logFloor) : value)));
      plot.setData([[...next.times], ...drawn]);
    },
    resize(width, height) {
      if (width !== plot.width || height !== plot.height) plot.setSize({ width, height });
    },
    restyle() {
      colors = palette(box, lines);
      plot.redraw(false, true);
    },
    point(index) {
      const time = index === null ? undefined : data.times[index];
      plot.setCursor(time === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(time, 'x'), top: 0 });
    },
    stop() {
      plot.destroy();
    },
  };
}
