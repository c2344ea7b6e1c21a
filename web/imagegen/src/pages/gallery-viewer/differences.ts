import type { GalleryImage } from '../../api/contract';

type Compared = Pick<GalleryImage, 'prompt' | 'variant'>;

/** The parameters in which two images differ; '' stands for the prompt where no parameter tells. */
export function differences(a: Compared, b: Compared): ReadonlySet<string> {
  const names = new Set([...Object.keys(a.variant), ...Object.keys(b.variant)]);
  const differing = new Set([...names].filter((name) => a.variant[name] !== b.variant[name]));
  if (differing.size === 0 && a.prompt !== b.prompt) differing.add('');
  return differing;
}
