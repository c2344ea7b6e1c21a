import { Dialog } from '@godwit/kit';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import type { GalleryImage } from '../../api/contract';
import { t } from '../../i18n';
import { differences } from './differences';
import { ImageFacts } from './lightbox';
import { Stage } from './stage';
import { whole, type View } from './zoom';

/** Two images beside each other; zoom and pan move both, and what differs is marked. */
export function CompareDialog({ images, onClose }: { images: readonly [GalleryImage, GalleryImage]; onClose: () => void }): JSX.Element {
  const view = useSignal<View>(whole);
  const differs = differences(images[0], images[1]);
  return (
    <Dialog size="full" title={t('gallery.compareTitle')} onClose={onClose} testId="compare">
      <div class="compare">
        {images.map((image) => (
          <figure key={image.id} class="compare-side">
            <Stage image={image} view={view} />
            <figcaption>
              <ImageFacts image={image} differs={differs} />
            </figcaption>
          </figure>
        ))}
      </div>
    </Dialog>
  );
}
