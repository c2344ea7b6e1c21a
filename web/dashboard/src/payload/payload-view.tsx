import { Button, CopyButton, formatBytes, isAbort, LinkButton, Segmented, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { Body } from '../api/contract';
import { describeError } from '../app';
import { t } from '../i18n';
import { shownBytes, textOf, toBase64 } from './bytes';
import { HexView } from './hex-view';
import { ImageView } from './image-view';
import { prettyJson, readJson } from './json';
import { JsonTree } from './json-tree';
import { detect, type PayloadKind } from './kind';
import { base64Lines } from './lines';
import { loadBytes } from './load';
import { MaybeRedacted } from './redacted-mark';
import { TextView } from './text-view';

/** What is larger is not brought into the page, only into a file. */
export const payloadShownMax = 10_000_000;

type View = 'json' | 'text' | 'hex' | 'base64' | 'image';

const viewsOf: Readonly<Record<PayloadKind, readonly View[]>> = {
  empty: [],
  json: ['json', 'text', 'hex', 'base64'],
  text: ['text', 'hex', 'base64'],
  image: ['image', 'hex', 'base64'],
  binary: ['hex', 'base64'],
};

export interface PayloadViewProps {
  body: Body;
  /** Where all of it is, as far as it is kept. */
  path: string;
  /** What it is, for screen readers. */
  label: string;
  /** How long it was by its sender's word, where more was sent than is kept. */
  announced?: number | null;
}

interface Content {
  bytes: Uint8Array;
  whole: boolean;
}

/** A body in the forms in which it can be read. What is shown is text, or an image; never a part of the page. */
export function PayloadView({ body, path, label, announced = null }: PayloadViewProps): JSX.Element {
  const [loaded, setLoaded] = useState<Uint8Array | null>(null);
  const [chosen, setChosen] = useState<View | null>(null);
  const [busy, setBusy] = useState(false);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const first = useMemo(() => shownBytes(body), [body.text, body.base64]);
  const content: Content = useMemo(() => ({ bytes: loaded ?? first, whole: loaded !== null || first.length >= body.kept }), [loaded, first, body.kept]);
  const bytesSent = Math.max(body.bytes, announced ?? 0);
  const text = useMemo(() => textOf(content.bytes, content.whole && body.kept >= bytesSent), [content, body.kept, bytesSent]);
  const { kind, imageType } = useMemo(() => detect(content.bytes, text, body.contentType), [content, text, body.contentType]);

  if (body.redacted) return <p class="text-soft">{t('message.payloadHidden', { size: formatBytes(body.bytes) })}</p>;
  if (kind === 'empty') return <p class="text-soft">{t('message.payloadEmpty')}</p>;

  const load = async (): Promise<Uint8Array | null> => {
    abort.current?.abort();
    abort.current = new AbortController();
    setBusy(true);
    try {
      const bytes = await loadBytes(path, abort.current.signal);
      setLoaded(bytes);
      return bytes;
    } catch (error) {
      if (!isAbort(error)) toastError(describeError(error));
      return null;
    } finally {
      setBusy(false);
    }
  };
  const copied = async (): Promise<string> => {
    const bytes = content.whole ? content.bytes : ((await load()) ?? content.bytes);
    return textOf(bytes) ?? toBase64(bytes);
  };
  const names: Readonly<Record<View, string>> = {
    json: t('message.payloadJson'),
    text: t('message.payloadText'),
    hex: t('message.payloadHex'),
    base64: t('message.payloadBase64'),
    image: t('message.payloadImage'),
  };
  const views = viewsOf[kind];
  const view = chosen !== null && views.includes(chosen) ? chosen : (views[0] ?? 'hex');
  const loadable = body.kept <= payloadShownMax;
  return (
    <div class="payload">
      <div class="payload-head">
        <Segmented label={t('message.payloadView')} value={view} options={views.map((value) => ({ value, label: names[value] }))} onChange={setChosen} />
        <span class="payload-about text-small text-soft">
          <span class="numeric">{formatBytes(bytesSent)}</span>
          {body.contentType !== null && (
            <span class="payload-type">
              <MaybeRedacted text={body.contentType} />
            </span>
          )}
        </span>
        <span class="payload-tools">
          {loadable && <CopyButton label={t('message.payloadCopy')} text={copied} />}
          <LinkButton size="small" variant="ghost" icon="download" href={path} download>
            {t('message.payloadDownload')}
          </LinkButton>
        </span>
      </div>
      {body.kept < bytesSent && <p class="payload-note text-small">{t('message.payloadKept', { kept: formatBytes(body.kept), bytes: formatBytes(bytesSent) })}</p>}
      {!content.whole && (
        <p class="payload-note text-small">
          <span>
            {t('message.payloadBeginning', { shown: formatBytes(content.bytes.length), size: formatBytes(body.kept) })}
            {view === 'json' && loadable && ` ${t('message.payloadCutJson')}`}
          </span>
          {loadable ? (
            <Button size="small" busy={busy} onClick={() => void load()} testId="payload-load">
              {t('message.payloadLoad', { size: formatBytes(body.kept) })}
            </Button>
          ) : (
            <span>{t('message.payloadTooLarge', { most: formatBytes(payloadShownMax) })}</span>
          )}
        </p>
      )}
      <Shown view={view} content={content} text={text} imageType={imageType} label={`${label}: ${names[view]}`} cut={!content.whole || body.kept < bytesSent} />
    </div>
  );
}

interface ShownProps {
  view: View;
  content: Content;
  text: string | null;
  imageType: string | null;
  label: string;
  /** It is only a beginning. */
  cut: boolean;
}

function Shown({ view, content, text, imageType, label, cut }: ShownProps): JSX.Element {
  switch (view) {
    case 'json':
      return <JsonShown text={text ?? ''} label={label} cut={cut} />;
    case 'text':
      return <TextView text={text ?? ''} label={label} />;
    case 'hex':
      return <HexView bytes={content.bytes} label={label} />;
    case 'base64':
      return <Base64Shown bytes={content.bytes} label={label} />;
    case 'image':
      // Of what was not kept as a whole browsers draw the beginning.
      if (!content.whole) return <p class="text-soft">{t('message.payloadImageAll')}</p>;
      return <ImageView bytes={content.bytes} type={imageType ?? ''} />;
  }
}

function Base64Shown({ bytes, label }: { bytes: Uint8Array; label: string }): JSX.Element {
  const text = useMemo(() => base64Lines(toBase64(bytes)), [bytes]);
  return <TextView text={text} label={label} />;
}

function JsonShown({ text, label, cut }: { text: string; label: string; cut: boolean }): JSX.Element {
  const reading = useMemo(() => readJson(text), [text]);
  const pretty = useMemo(() => (reading.kind === 'large' ? prettyJson(text) : null), [reading, text]);
  if (reading.kind === 'tree') return <JsonTree root={reading.root} label={label} />;
  return (
    <>
      {pretty === null && !cut && <p class="payload-note text-small">{t('message.payloadNotJson')}</p>}
      <TextView text={pretty ?? text} label={label} />
    </>
  );
}
