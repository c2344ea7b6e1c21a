import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { texts } from '../../texts';
import { Button, IconButton } from './button';
import { toastError } from '../overlay/toast';

/** Puts `text` into the clipboard; false when the browser does not allow it (a page without TLS). */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure context there is the older way only.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}

export interface CopyButtonProps {
  /** What is copied; a function is asked when the button is pressed. */
  text: string | (() => string | Promise<string>);
  label?: string;
  /** With a label beside the icon. */
  wide?: boolean;
}

export function CopyButton({ text, label, wide = false }: CopyButtonProps): JSX.Element {
  const [copied, setCopied] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const done = await copyText(typeof text === 'string' ? text : await text());
      if (done) setCopied(true);
      else toastError(texts('kit.copyFailed'));
    } finally {
      setBusy(false);
    }
  };
  const name = label ?? texts('kit.copy');
  const shown = copied ? texts('kit.copied') : name;
  return wide ? (
    <Button icon={copied ? 'check' : 'copy'} busy={busy} onClick={() => void run()}>
      {shown}
    </Button>
  ) : (
    <IconButton icon={copied ? 'check' : 'copy'} label={shown} onClick={() => void run()} />
  );
}

/** Something to copy: an address, an id, a command. */
export function CopyValue({ value, label }: { value: string; label?: string }): JSX.Element {
  return (
    <span class="copy-value">
      <code>{value}</code>
      <CopyButton text={value} {...(label ? { label } : {})} />
    </span>
  );
}
