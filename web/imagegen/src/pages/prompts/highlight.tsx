import type { JSX } from 'preact';

import { piecesOf } from './template';

/** A template with its parameters marked; `known` tells those that exist from those that do not. */
export function Highlight({ template, known }: { template: string; known: (name: string) => boolean }): JSX.Element {
  return (
    <>
      {piecesOf(template).map((piece, index) =>
        piece.parameter === null ? (
          piece.text
        ) : (
          <mark key={index} class={known(piece.parameter) ? 'place' : 'place place-unknown'}>
            {piece.text}
          </mark>
        ),
      )}
    </>
  );
}
