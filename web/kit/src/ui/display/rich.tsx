import type { ComponentChildren, JSX } from 'preact';

/** One piece of a text with marks. */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'bold'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'link'; text: string; href: string };

/** Splits **bold**, `code` and [a link](address). Anything else is text as it stands. */
export function parseRich(source: string): Piece[] {
  const pieces: Piece[] = [];
  const marks = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\(((?:https?:\/\/|\/|#)[^)\s]*)\)/g;
  let end = 0;
  for (const match of source.matchAll(marks)) {
    if (match.index > end) pieces.push({ kind: 'text', text: source.slice(end, match.index) });
    const [whole, bold, code, label, href] = match;
    if (bold !== undefined) pieces.push({ kind: 'bold', text: bold });
    else if (code !== undefined) pieces.push({ kind: 'code', text: code });
    else pieces.push({ kind: 'link', text: label ?? '', href: href ?? '' });
    end = match.index + whole.length;
  }
  if (end < source.length) pieces.push({ kind: 'text', text: source.slice(end) });
  return pieces;
}

/** A text of ours with marks. Only for our own texts: what users wrote is shown as it is. */
export function Rich({ text }: { text: string }): JSX.Element {
  const draw = (piece: Piece, index: number): ComponentChildren => {
    if (piece.kind === 'text') return piece.text;
    if (piece.kind === 'bold') return <strong key={index}>{piece.text}</strong>;
    if (piece.kind === 'code') return <code key={index}>{piece.text}</code>;
    const external = piece.href.startsWith('http');
    return (
      <a key={index} href={piece.href} {...(external ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
        {piece.text}
      </a>
    );
  };
  return <>{parseRich(text).map(draw)}</>;
}
