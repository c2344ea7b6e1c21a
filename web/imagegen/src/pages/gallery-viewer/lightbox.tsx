import { Badge, ClockTime, Dialog, formatBytes, IconButton, LinkButton, Button, useShortcut } from '@godwit/kit';
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import type { GalleryImage } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import type { ImageSource } from './image';
import { copyPrompt, deleteImages, downloadImage, starImages, useSettingsOf } from './image-actions';
import { Stage } from './stage';
import { whole, type View } from './zoom';

function Fact({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The prompt and settings of an image. `differs` marks the parameters that another image has otherwise. */
export function ImageFacts({ image, differs }: { image: GalleryImage; differs?: ReadonlySet<string> }): JSX.Element {
  return (
    <>
      <p class={`viewer-prompt${differs?.has('') ? ' differs' : ''}`}>{image.prompt}</p>
      <dl class="fact-list">
        {Object.entries(image.variant).map(([name, value]) => (
          <Fact key={name} label={name}>
            <span class={differs?.has(name) ? 'differs' : undefined}>{value}</span>
          </Fact>
        ))}
        <Fact label={t('gallery.generationLabel')}>
          <a href={router.href('generation', { id: image.generationId })}>{image.generationName}</a>
        </Fact>
        <Fact label={t('gallery.modelLabel')}>
          {image.model} {image.demo && <Badge tone="warning">{t('gallery.demo')}</Badge>}
        </Fact>
        {image.width > 0 && (
          <Fact label={t('gallery.sizeLabel')}>
            <span class="numeric">
              {image.width} × {image.height} · {formatBytes(image.bytes)}
            </span>
          </Fact>
        )}
        {image.seed !== null && (
          <Fact label={t('gallery.seedLabel')}>
            <span class="numeric">{image.seed}</span>
          </Fact>
        )}
        <Fact label={t('gallery.createdLabel')}>
          <ClockTime at={image.createdAt} />
        </Fact>
      </dl>
    </>
  );
}

export interface LightboxProps {
  source: ImageSource;
  position: Signal<number | null>;
  onStar: (image: GalleryImage, starred: boolean) => void;
  onDeleted: (image: GalleryImage) => void;
}

/** One image, large: zoom and pan, its neighbours by arrows and swipes, its prompt and settings beside it. */
export function Lightbox({ source, position, onStar, onDeleted }: LightboxProps): JSX.Element | null {
  const at = position.value;
  return at === null ? null : <Viewer source={source} position={position} at={at} onStar={onStar} onDeleted={onDeleted} />;
}

function Viewer({ source, position, at, onStar, onDeleted }: LightboxProps & { at: number }): JSX.Element {
  const total = source.total();
  const image = source.at(at);
  const info = useSignal(true);
  const view = useSignal<View>(whole);
  const close = (): void => {
    position.value = null;
  };
  const go = (step: -1 | 1): void => {
    const next = at + step;
    if (next >= 0 && next < total) position.value = next;
  };
  useEffect(() => {
    view.value = whole;
    source.ensure(at);
    // The neighbours come while this one is looked at.
    for (const near of [at + 1, at - 1]) {
      const neighbour = source.at(near);
      if (neighbour) new Image().src = neighbour.url;
    }
  }, [at, image?.url]);
  useEffect(() => {
    if (total === 0) close();
    else if (at >= total) position.value = total - 1;
  }, [total, at]);

  const star = async (): Promise<void> => {
    if (image && (await starImages([image.id], !image.starred))) onStar(image, !image.starred);
  };
  const remove = async (): Promise<void> => {
    if (image && (await deleteImages([image.id]))) onDeleted(image);
  };
  useShortcut('ArrowLeft', () => t('gallery.previous'), () => go(-1));
  useShortcut('ArrowRight', () => t('gallery.next'), () => go(1));
  useShortcut('KeyD', () => t('gallery.download'), () => image && downloadImage(image));
  useShortcut('KeyF', () => t('gallery.keyStar'), () => void star());
  useShortcut('KeyC', () => t('gallery.keyCopy'), () => image && void copyPrompt(image));
  useShortcut('KeyI', () => t('gallery.keyInfo'), () => (info.value = !info.peek()));
  useShortcut('Delete', () => t('gallery.keyDelete'), () => void remove());

  return (
    <Dialog
      size="full"
      shortcuts
      testId="lightbox"
      title={<span class="numeric">{t('gallery.position', { position: at + 1, total })}</span>}
      onClose={close}
    >
      <div class={`viewer${info.value ? '' : ' viewer-bare'}`}>
        <div class="viewer-stage">
          {image ? <Stage image={image} view={view} onSwipe={go} /> : <div class="stage" aria-busy="true" />}
          {at > 0 && (
            <span class="viewer-step viewer-previous">
              <IconButton icon="chevronLeft" label={t('gallery.previous')} onClick={() => go(-1)} />
            </span>
          )}
          {at < total - 1 && (
            <span class="viewer-step viewer-next">
              <IconButton icon="chevronRight" label={t('gallery.next')} onClick={() => go(1)} />
            </span>
          )}
        </div>
        {image && (
          <div class="viewer-bar">
            <IconButton
              icon="star"
              filled={image.starred}
              pressed={image.starred}
              label={image.starred ? t('gallery.unstar') : t('gallery.star')}
              onClick={() => void star()}
              testId="viewer-star"
            />
            <IconButton icon="download" label={t('gallery.download')} onClick={() => downloadImage(image)} />
            <IconButton icon="copy" label={t('gallery.copyPrompt')} onClick={() => void copyPrompt(image)} />
            <IconButton icon="trash" danger label={t('gallery.delete')} onClick={() => void remove()} />
            <span class="viewer-space" />
            <IconButton icon="info" pressed={info.value} label={t('gallery.showInfo')} onClick={() => (info.value = !info.peek())} />
          </div>
        )}
        {image && info.value && (
          <div class="viewer-side">
            <ImageFacts image={image} />
            <div class="viewer-actions">
              <Button
                icon="settings"
                onClick={() => {
                  close();
                  useSettingsOf(image);
                }}
              >
                {t('gallery.useSettings')}
              </Button>
              <LinkButton icon="external" external href={image.url}>
                {t('gallery.openFile')}
              </LinkButton>
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}
