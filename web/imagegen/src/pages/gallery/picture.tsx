import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

/** A thumbnail that comes softly into its place, and says nothing when it cannot. */
export function Picture({ src }: { src: string }): JSX.Element {
  const [state, setState] = useState<'coming' | 'here' | 'missing'>('coming');
  return (
    <img
      class={`picture picture-${state}`}
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onLoad={() => setState('here')}
      onError={() => setState('missing')}
    />
  );
}
