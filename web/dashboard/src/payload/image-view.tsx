import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { t } from '../i18n';

/** An image from an address of this page's own. Within <img> nothing of an SVG runs or is fetched. */
export function ImageView({ bytes, type }: { bytes: Uint8Array; type: string }): JSX.Element {
  const [address, setAddress] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
    setAddress(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  if (broken) return <p class="text-soft">{t('message.payloadBroken')}</p>;
  return <div class="payload-image">{address !== null && <img src={address} alt={t('message.payloadImageAlt')} onError={() => setBroken(true)} />}</div>;
}
