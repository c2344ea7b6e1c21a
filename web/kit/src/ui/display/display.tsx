import type { ComponentChildren, JSX } from 'preact';

import { texts } from '../../texts';
import { Icon, type IconName } from './icons';

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';

/** A state in a word. `pulse` marks what is going on right now. */
export function Badge({ tone = 'neutral', children, icon, pulse = false, tip }: { tone?: Tone; children: ComponentChildren; icon?: IconName; pulse?: boolean; tip?: string }): JSX.Element {
  return (
    <span class={`badge badge-${tone}`} data-tip={tip}>
      {pulse && <span class="dot dot-pulse" aria-hidden="true" />}
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

/** A coloured point before a word; never the only sign of a state. */
export function Dot({ tone, pulse = false }: { tone: Tone; pulse?: boolean }): JSX.Element {
  return <span class={`dot dot-${tone}${pulse ? ' dot-pulse' : ''}`} aria-hidden="true" />;
}

export interface ProgressPart {
  value: number;
  tone: Tone;
}
export interface ProgressBarProps {
  label: string;
  max: number;
  /** One length, or several beside each other. */
  parts: readonly ProgressPart[];
  thin?: boolean;
}

/** Lengths are attributes of an SVG, for the pages' policy allows no inline styles. */
export function ProgressBar({ label, max, parts, thin = false }: ProgressBarProps): JSX.Element {
  const total = Math.max(max, 1);
  let start = 0;
  return (
    <div
      class={`progress${thin ? ' progress-thin' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={parts.reduce((sum, part) => sum + part.value, 0)}
    >
      <svg width="100%" height="100%" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {parts.map((part, index) => {
          const width = (part.value / total) * 100;
          const x = start;
          start += width;
          return width > 0 ? <rect key={index} class={`progress-${part.tone}`} x={x} y="0" width={width} height="1" /> : null;
        })}
      </svg>
    </div>
  );
}

export interface EmptyStateProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  compact?: boolean;
}

/** What to do where there is nothing yet. */
export function EmptyState({ icon, title, children, actions, compact = false }: EmptyStateProps): JSX.Element {
  return (
    <div class={`empty${compact ? ' empty-compact' : ''}`}>
      <span class="empty-icon">
        <Icon name={icon} size={20} />
      </span>
      <h2 class="empty-title">{title}</h2>
      {children && <div class="empty-text">{children}</div>}
      {actions && <div class="empty-actions">{actions}</div>}
    </div>
  );
}

/** Grey shapes of what will come, in the places where it will stand. */
export function Skeleton({ lines = 3, height = 'line' }: { lines?: number; height?: 'line' | 'row' | 'card' }): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label={texts('kit.loading')}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class={`skeleton-${height}`} />
      ))}
    </div>
  );
}

export interface CalloutProps {
  tone?: Tone;
  title?: ComponentChildren;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  /** Said at once by screen readers: it has just happened. */
  live?: boolean;
  testId?: string;
}

const calloutIcons: Record<Tone, IconName> = { neutral: 'info', info: 'info', success: 'check', warning: 'warning', danger: 'error' };

/** A message of the page: the cause, the next step, a link. */
export function Callout({ tone = 'info', title, children, actions, live = false, testId }: CalloutProps): JSX.Element {
  return (
    <div class={`callout callout-${tone}`} role={live ? 'alert' : undefined} data-testid={testId}>
      <Icon name={calloutIcons[tone]} />
      <div class="callout-main">
        {title && <p class="callout-title">{title}</p>}
        {children && <div class="callout-text">{children}</div>}
        {actions && <div class="callout-actions">{actions}</div>}
      </div>
    </div>
  );
}

/** The head of a page: its name, one sentence, what can be done. */
export function PageHead({ title, children, actions, back }: { title: ComponentChildren; children?: ComponentChildren; actions?: ComponentChildren; back?: { href: string; label: string } }): JSX.Element {
  return (
    <header class="page-head">
      {back && (
        <a class="page-back" href={back.href}>
          <Icon name="chevronLeft" size={14} />
          {back.label}
        </a>
      )}
      <div class="page-head-row">
        <h1 class="page-title">{title}</h1>
        {actions && <div class="page-actions">{actions}</div>}
      </div>
      {children && <div class="page-lead">{children}</div>}
    </header>
  );
}

/** A titled part of a page: the title and its sentence on the left, the content on the right (stacked when narrow). */
export function Section({ title, lead, children, id, aside }: { title: ComponentChildren; lead?: ComponentChildren; children: ComponentChildren; id?: string; aside?: ComponentChildren }): JSX.Element {
  return (
    <section class="section" id={id} aria-labelledby={id ? `${id}-title` : undefined}>
      <div class="section-head">
        <h2 class="section-title" id={id ? `${id}-title` : undefined}>
          {title}
        </h2>
        {lead && <p class="section-lead">{lead}</p>}
        {aside}
      </div>
      <div class="section-body">{children}</div>
    </section>
  );
}

/** A bordered surface. */
export function Card({ children, flush = false }: { children: ComponentChildren; flush?: boolean }): JSX.Element {
  return <div class={`card${flush ? ' card-flush' : ''}`}>{children}</div>;
}

/** A figure with its name. */
export function Stat({ label, children, tone }: { label: ComponentChildren; children: ComponentChildren; tone?: Tone }): JSX.Element {
  return (
    <div class="stat">
      <dt class="stat-label">{label}</dt>
      <dd class={`stat-value${tone ? ` text-${tone}` : ''}`}>{children}</dd>
    </div>
  );
}

export function Stats({ children }: { children: ComponentChildren }): JSX.Element {
  return <dl class="stats">{children}</dl>;
}

export function Kbd({ children }: { children: ComponentChildren }): JSX.Element {
  return <kbd class="kbd">{children}</kbd>;
}

/** Buttons and inputs in a line, wrapping where it is narrow. */
export function Row({ children, end = false }: { children: ComponentChildren; end?: boolean }): JSX.Element {
  return <div class={`row${end ? ' row-end' : ''}`}>{children}</div>;
}

/** Things below each other at the usual distance. */
export function Stack({ children, gap = 'medium' }: { children: ComponentChildren; gap?: 'small' | 'medium' | 'large' }): JSX.Element {
  return <div class={`stack stack-${gap}`}>{children}</div>;
}
