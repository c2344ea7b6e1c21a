import { hurried } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

/** A thumbnail, which says nothing when it cannot be had. One that appears while the page hurries past
 *  is asked for when the page is calm again, if it is still there: most that pass are never seen. */
export function Picture({ src }: { src: string }): JSX.Element {
  const wanted = useRef(false);
  const [missing, setMissing] = useState(false);
  // Only a picture that still waits follows the signal.
  if (!wanted.current) wanted.current = !hurried.value;
  return (
    <img
      class={missing ? 'picture picture-missing' : 'picture'}
      src={wanted.current ? src : undefined}
      alt=""
      decoding="async"
      draggable={false}
      onError={() => setMissing(true)}
    />
  );
}
