import { Fragment, type ComponentChildren, type JSX } from 'preact';

/** The parts of a text and the names of its places in turn: 'a {b} c' is ['a ', 'b', ' c']. */
export function splitPlaces(text: string): string[] {
  return text.split(/\{(\w+)\}/);
}

/** A text of ours whose places hold links, times, or what users wrote: those are never looked at for marks. */
export function Filled({ text, places }: { text: string; places: Readonly<Record<string, ComponentChildren>> }): JSX.Element {
  return <>{splitPlaces(text).map((part, index) => (index % 2 === 0 ? part : <Fragment key={index}>{places[part] ?? ''}</Fragment>))}</>;
}
