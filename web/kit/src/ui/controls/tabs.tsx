import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

import { formatNumber } from '../../language/format';

export interface TabsProps<V extends string> {
  label: string;
  value: V;
  tabs: readonly { value: V; label: ComponentChildren; count?: number | undefined }[];
  onChange: (value: V) => void;
  /** The chosen tab's content. */
  children?: ComponentChildren;
}

/** Arrow keys choose; Tab goes on to the content. */
export function Tabs<V extends string>({ label, value, tabs, onChange, children }: TabsProps<V>): JSX.Element {
  const id = useId();
  const move = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.code];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.value === value);
    const next = Math.abs(step) > 1 ? (step < 0 ? 0 : tabs.length - 1) : (at + step + tabs.length) % tabs.length;
    const chosen = tabs[next];
    if (!chosen) return;
    onChange(chosen.value);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            class="tab"
            aria-selected={tab.value === value}
            aria-controls={children ? `${id}-panel` : undefined}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
          >
            {tab.label}
            {tab.count !== undefined && <span class="tab-count">{formatNumber(tab.count)}</span>}
          </button>
        ))}
      </div>
      {children && (
        <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
          {children}
        </div>
      )}
    </>
  );
}

/** A choice of few, side by side: a view, a period. */
export function Segmented<V extends string>({ label, value, options, onChange }: { label: string; value: V; options: readonly { value: V; label: ComponentChildren; tip?: string }[]; onChange: (value: V) => void }): JSX.Element {
  const name = useId();
  return (
    <div class="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value} class="segment" data-tip={option.tip}>
          <input type="radio" name={name} value={option.value} checked={option.value === value} aria-label={option.tip} onChange={() => onChange(option.value)} />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}
