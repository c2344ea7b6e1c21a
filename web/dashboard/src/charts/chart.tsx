import { formatClock, formatNumber, IconButton, locale, theme } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';
import type { Plot, PlotLine, Values } from './plot';

export interface ChartLine extends PlotLine {
  label: string;
  values: Values;
}

export interface ChartProps {
  title: string;
  /** What is measured and how, for the table and in small print. */
  unit: string;
  times: readonly number[]; // seconds since 1970
  stepSeconds: number;
  lines: readonly ChartLine[];
  scale?: 'linear' | 'log';
  /** A value in words; the axis may want it shorter. */
  text: (value: number) => string;
  axisText?: (value: number) => string;
  /** Charts of one group show their cursors at the same time. */
  group: string;
  /** Said where no line has anything. */
  empty: string;
}

const height = 200;
let plots: Promise<typeof import('./plot')> | undefined;

/** Numbers on an axis: short, for there is little room. */
export function shortNumber(value: number): string {
  return formatNumber(value, { notation: 'compact', maximumFractionDigits: value < 10 ? 2 : 1 });
}

function Swatch({ line }: { line: PlotLine }): JSX.Element {
  const style = { stroke: `var(--${line.ink})` };
  return (
    <svg class="chart-swatch" width="16" height="10" aria-hidden="true">
      {line.kind === 'bars' ? (
        <rect x="4" y="0" width="8" height="10" rx="1" style={{ fill: `var(--${line.ink})` }} />
      ) : (
        <path d="M0 5h16" style={style} stroke-dasharray={line.dash?.join(' ')} />
      )}
    </svg>
  );
}

function DataTable({ title, times, lines, text }: Pick<ChartProps, 'title' | 'times' | 'lines' | 'text'>): JSX.Element {
  const newest = times[times.length - 1] ?? 0;
  return (
    <div class="chart-table" tabIndex={0} role="region" aria-label={title}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('overview.chartTime')}</th>
            {lines.map(({ label }) => (
              <th key={label} scope="col" class="cell-end">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, index) => (
              <tr key={time}>
                <th scope="row" class="numeric">
                  {formatClock(time * 1000, newest * 1000)}
                </th>
                {lines.map(({ label, values }) => {
                  const value = values[index] ?? null;
                  return (
                    <td key={label} class="cell-end">
                      {value === null ? '—' : text(value)}
                    </td>
                  );
                })}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}

/** Lines over time. Arrow keys walk along them; the same numbers are there as a table. */
export function Chart({ title, unit, times, stepSeconds, lines, scale = 'linear', text, axisText = shortNumber, group, empty }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [place, setPlace] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  const [asTable, setAsTable] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const latest = useRef({ axisText, data: { times, stepSeconds, values: lines.map(({ values }) => values) } });
  latest.current.axisText = axisText;
  // Drawn again only when something is different, so that the canvas rests between two answers.
  const data = useMemo(() => ({ times, stepSeconds, values: lines.map(({ values }) => values) }), [times, stepSeconds, ...lines.map(({ values }) => values)]);
  latest.current.data = data;
  const nothing = lines.every(({ values }) => values.every((value) => value === null || value === 0));

  useEffect(() => {
    if (asTable || !box.current) return undefined;
    const element = box.current;
    let stopped = false;
    const resizing = new ResizeObserver(() => plot.current?.resize(element.clientWidth, height));
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const restyle = (): void => plot.current?.restyle();
    plots ??= import('./plot');
    plots.then(
      ({ createPlot }) => {
        if (stopped) return;
        plot.current = createPlot(element, { width: element.clientWidth, height }, { lines, scale, group, axisText: (value) => latest.current.axisText(value), onPlace: setPlace });
        plot.current.show(latest.current.data);
        resizing.observe(element);
        dark.addEventListener('change', restyle);
      },
      (problem: unknown) => {
        plots = undefined;
        setFailure(problem);
      },
    );
    return () => {
      stopped = true;
      resizing.disconnect();
      dark.removeEventListener('change', restyle);
      plot.current?.stop();
      plot.current = null;
    };
  }, [asTable]);
  useEffect(() => plot.current?.show(data), [data]);
  // After the attribute of the page's root, which the theme's own effect sets, is in place.
  useEffect(() => plot.current?.restyle(), [theme.value, locale.value]);

  const valueAt = (values: Values, index: number | null): number | null => {
    if (index !== null) return values[index] ?? null;
    return values[values.length - 1] ?? values[values.length - 2] ?? null; // The newest step may be too young.
  };
  const timeAt = (index: number): string => formatClock((times[index] ?? 0) * 1000, (times[times.length - 1] ?? 0) * 1000);
  const shown = place !== null && place < times.length ? place : null;

  const walk = (event: KeyboardEvent): void => {
    const last = times.length - 1;
    const from = shown ?? last + 1;
    const next = { ArrowLeft: Math.max(0, from - 1), ArrowRight: Math.min(last, from + 1), Home: 0, End: last }[event.code];
    if (event.code === 'Escape' && shown !== null) {
      plot.current?.point(null);
      setPlace(null);
      setSaid('');
      return;
    }
    if (next === undefined || last < 0) return;
    event.preventDefault();
    plot.current?.point(next);
    setPlace(next);
    const values = lines.map((line) => {
      const value = line.values[next] ?? null;
      return `${line.label}: ${value === null ? t('overview.chartNothing') : text(value)}`;
    });
    setSaid(`${timeAt(next)}. ${values.join(', ')}`);
  };

  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <h3 class="chart-title">{title}</h3>
        <span class="chart-unit">{unit}</span>
        <span class="chart-time numeric">{shown === null ? '' : timeAt(shown)}</span>
        <IconButton icon={asTable ? 'diagnostics' : 'list'} label={asTable ? t('overview.chartAsChart') : t('overview.chartAsTable')} onClick={() => setAsTable(!asTable)} />
      </figcaption>
      <ul class="chart-legend">
        {lines.map((line) => {
          const value = valueAt(line.values, shown);
          return (
            <li key={line.label} class="chart-key">
              <Swatch line={line} />
              <span class="text-soft">{line.label}</span>
              <span class="chart-value numeric">{value === null ? '—' : text(value)}</span>
            </li>
          );
        })}
      </ul>
      {asTable ? (
        <DataTable title={title} times={times} lines={lines} text={text} />
      ) : failure !== null ? (
        <LoadFailed error={failure} retry={async () => location.reload()} />
      ) : (
        <div class="chart-frame">
          <div
            ref={box}
            class="chart-box"
            tabIndex={0}
            role="application"
            aria-roledescription={t('overview.chartRole')}
            aria-label={`${title}, ${unit}. ${t('overview.chartKeys')}`}
            onKeyDown={walk}
            onBlur={() => {
              plot.current?.point(null);
              setSaid('');
            }}
          />
          {nothing && <p class="chart-empty">{empty}</p>}
          <span class="visually-hidden" role="status">
            {said}
          </span>
        </div>
      )}
    </figure>
  );
}
