import { IconButton, Select, Skeleton } from '@godwit/kit';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import type { GalleryImage, Generation } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import type { ImageSource } from '../gallery-viewer/image';
import { Lightbox } from '../gallery-viewer/lightbox';
import { apiQueryOf, type GalleryFilters } from './filters';
import { matrixOf, parametersOf, suggestedAxes } from './matrix';
import { Picture } from './picture';

const pageSize = 500;
const imagesMax = 20_000; // as many as a generation can have

interface Loaded {
  images: GalleryImage[];
  order: Readonly<Record<string, readonly string[]>>;
}

async function load(filters: GalleryFilters, signal: AbortSignal): Promise<Loaded> {
  const generation = await api.get<Generation>(`/api/generations/${encodeURIComponent(filters.generation)}`, { signal });
  const images: GalleryImage[] = [];
  while (images.length < imagesMax) {
    const page = await api.get<{ images: GalleryImage[]; total: number }>(
      `/api/images?${apiQueryOf({ ...filters, order: 'oldest' }, images.length, pageSize)}`,
      { signal },
    );
    images.push(...page.images);
    if (page.images.length === 0 || images.length >= page.total) break;
  }
  return { images, order: generation.parameters };
}

/** The images of a generation as a table of two of its parameters. */
export function MatrixView({ filters }: { filters: GalleryFilters }): JSX.Element {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const key = apiQueryOf(filters, 0, 1);
  const run = async (signal: AbortSignal): Promise<void> => {
    try {
      const result = await load(filters, signal);
      if (signal.aborted) return;
      setLoaded(result);
      setProblem(null);
    } catch (error) {
      if (!signal.aborted) setProblem(error);
    }
  };
  useEffect(() => {
    if (filters.generation === '') return undefined;
    const abort = new AbortController();
    setLoaded(null);
    void run(abort.signal);
    return () => abort.abort();
  }, [key]);

  if (filters.generation === '') return <p class="text-soft">{t('gallery.matrixChoose')}</p>;
  if (problem !== null) return <LoadFailed error={problem} retry={() => run(new AbortController().signal)} />;
  if (loaded === null) return <Skeleton lines={4} height="card" />;
  return <MatrixTable loaded={loaded} />;
}

function MatrixTable({ loaded }: { loaded: Loaded }): JSX.Element {
  const query = router.current.value?.query;
  const parameters = useMemo(() => parametersOf(loaded.images), [loaded]);
  const suggested = useMemo(() => suggestedAxes(parameters), [parameters]);
  const [stars, setStars] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const position = useSignal<number | null>(null);
  const shown = useMemo(
    () => loaded.images.filter(({ id }) => !gone.has(id)).map((image) => ({ ...image, starred: stars.get(image.id) ?? image.starred })),
    [loaded, stars, gone],
  );
  const source = useMemo<ImageSource>(() => ({ total: () => shown.length, at: (at) => shown[at], ensure: () => {} }), [shown]);
  const known = (name: string | null | undefined): string | null => (name != null && parameters.has(name) ? name : null);
  if (!suggested) return <p class="text-soft">{t('gallery.matrixTooFew')}</p>;

  const axes = { row: known(query?.get('rows')) ?? suggested.row, column: known(query?.get('columns')) ?? suggested.column };
  const matrix = matrixOf(shown, axes, loaded.order);
  const names = [...parameters.keys()].map((name) => ({ value: name, label: name }));
  const choose = (row: string, column: string): void => router.setQuery({ rows: row, columns: column });
  return (
    <>
      <div class="matrix-axes">
        <Select
          label={t('gallery.matrixRows')}
          value={axes.row}
          options={names}
          onChange={(row) => choose(row, row === axes.column ? axes.row : axes.column)}
        />
        <IconButton icon="swap" label={t('gallery.swapAxes')} onClick={() => choose(axes.column, axes.row)} />
        <Select
          label={t('gallery.matrixColumns')}
          value={axes.column}
          options={names}
          onChange={(column) => choose(column === axes.row ? axes.column : axes.row, column)}
        />
      </div>
      <div class="matrix-box" tabIndex={0} role="region" aria-label={t('gallery.viewMatrix')}>
        <table class="matrix" data-testid="matrix">
          <thead>
            <tr>
              <td class="matrix-corner" />
              {matrix.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.rows.map((row) => (
              <tr key={row}>
                <th scope="row">{row}</th>
                {matrix.columns.map((column) => {
                  const images = matrix.cell(row, column);
                  const [first] = images;
                  return (
                    <td key={column}>
                      {first ? (
                        <button
                          type="button"
                          class="tile matrix-tile"
                          aria-label={t('gallery.openImage', { prompt: first.prompt })}
                          onClick={() => (position.value = shown.findIndex(({ id }) => id === first.id))}
                        >
                          <Picture key={first.id} src={first.thumbUrl} />
                          {images.length > 1 && <span class="matrix-more numeric">{t('gallery.matrixMore', { count: images.length - 1 })}</span>}
                        </button>
                      ) : (
                        <span class="matrix-none" aria-label={t('gallery.matrixEmpty')} />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Lightbox
        source={source}
        position={position}
        onStar={(image, starred) => setStars(new Map(stars).set(image.id, starred))}
        onDeleted={(image) => setGone(new Set(gone).add(image.id))}
      />
    </>
  );
}
