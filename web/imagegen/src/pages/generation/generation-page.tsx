import { ApiError, EmptyState, LinkButton, PageHead, recall, remember, Segmented, Skeleton, Tabs, useShortcut, useTitle } from '@godwit/kit';
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import type { Generation } from '../../api/contract';
import { api, eventStream, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { imageOfTask, type ImageSource } from '../gallery-viewer/image';
import { download } from '../gallery-viewer/image-actions';
import { Lightbox } from '../gallery-viewer/lightbox';
import { GenerationActions } from './actions';
import type { TaskFilter } from './book';
import { RateDialog, StartWarningDialog } from './dialogs';
import { GenerationFeed } from './feed';
import { GenerationHeader } from './header';
import { announce } from './notify';
import { takeStartRequest } from './start-request';
import { actionsOf } from './state';
import { TaskGrid } from './task-grid';
import { TaskList } from './task-list';

type ViewName = 'images' | 'tasks';
const filters: readonly TaskFilter[] = ['all', 'done', 'processing', 'pending', 'failed', 'canceled'];

function filterText(filter: TaskFilter): string {
  switch (filter) {
    case 'all':
      return t('generation.countAll');
    case 'done':
      return t('generation.countDone');
    case 'processing':
      return t('generation.countProcessing');
    case 'pending':
      return t('generation.countPending');
    case 'failed':
      return t('generation.countFailed');
    case 'canceled':
      return t('generation.countCanceled');
  }
}

/** Width to height of what the generation draws; square while that is the model's choice. */
function ratioOf(generation: Generation): number {
  const [width = 1, height = 1] = generation.options.aspectRatio.split(':').map(Number);
  const ratio = width / height;
  return Number.isFinite(ratio) && ratio > 0 ? Math.min(2.4, Math.max(0.5, ratio)) : 1;
}

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** One generation: what is going on, its buttons, its images as they come, its tasks. */
export function GenerationPage({ id }: { id: string }): JSX.Element {
  const feed = useMemo(() => new GenerationFeed(id, { api, events: eventStream() }), [id]);
  const actions = useMemo(() => new GenerationActions(feed), [feed]);
  useEffect(() => {
    void feed.start().then(() => {
      if (feed.generation.peek() && takeStartRequest(id)) void actions.start();
    });
    return () => feed.stop();
  }, [feed]);
  const generation = feed.generation.value;
  useTitle(generation?.name ?? t('generation.title'));
  if (generation) return <Opened generation={generation} feed={feed} actions={actions} />;
  const problem = feed.error.value;
  if (problem === undefined) {
    return (
      <>
        <PageHead title={t('generation.title')} back={{ href: router.href('generations'), label: t('generation.back') }} />
        <Skeleton lines={3} height="card" />
      </>
    );
  }
  if (isMissing(problem)) {
    return (
      <EmptyState
        icon="search"
        title={t('generation.notFound')}
        actions={<LinkButton href={router.href('generations')}>{t('common.toGenerations')}</LinkButton>}
      >
        {t('generation.notFoundText')}
      </EmptyState>
    );
  }
  return <LoadFailed error={problem} retry={() => feed.start()} />;
}

function Opened({ generation, feed, actions }: { generation: Generation; feed: GenerationFeed; actions: GenerationActions }): JSX.Element {
  const { book } = feed;
  const query = router.current.value?.query;
  const view: ViewName = (query?.get('view') ?? recall('generation.view')) === 'tasks' ? 'tasks' : 'images';
  const wanted = query?.get('status') as TaskFilter | null;
  const filter: TaskFilter = wanted !== null && filters.includes(wanted) ? wanted : 'all';

  const revision = book.revision.value;
  const all = book.ids.value;
  // One filter shows the same tasks until one of them changes its status.
  const ids = useMemo(() => (filter === 'all' ? all : book.select(filter)), [filter, all, filter === 'all' ? 0 : revision]);

  const pictured = useComputed(() => {
    void book.revision.value;
    return book.withImage().map(({ taskId }) => taskId);
  });
  const position = useSignal<number | null>(null);
  const source = useMemo<ImageSource>(
    () => ({
      total: () => pictured.value.length,
      at: (place) => {
        const task = book.task(pictured.value[place] ?? '')?.value;
        const owner = feed.generation.peek();
        return task && owner ? imageOfTask(task, owner) : undefined;
      },
      ensure: () => {},
    }),
    [feed],
  );
  const open = (taskId: string): void => {
    const place = pictured.peek().indexOf(taskId);
    if (place >= 0) position.value = place;
  };

  useSignalEffect(() => {
    const latest = feed.generation.value;
    if (latest) announce(latest);
  });

  const offered = actionsOf(generation);
  const free = position.value === null;
  useShortcut('KeyN', () => t('generation.keyNew'), () => void router.go(router.href('newGeneration')), free);
  useShortcut(
    'KeyS',
    () => t('generation.keyStart'),
    () => void (offered.has('resume') ? actions.resume() : actions.start()),
    free && (offered.has('start') || offered.has('sendRest') || offered.has('resume')),
  );
  useShortcut(
    'Space',
    () => t('generation.keyPause'),
    () => void (offered.has('pause') ? actions.pause() : actions.resume()),
    free && (offered.has('pause') || offered.has('resume')),
  );
  useShortcut('KeyD', () => t('generation.keyDownload'), () => download(`/api/generations/${generation.id}/zip`), free && offered.has('zip'));

  const { summary } = generation;
  const counts: Record<TaskFilter, number> = { all: summary.total, ...summary };
  return (
    <>
      <GenerationHeader generation={generation} actions={actions} />
      {summary.total === 0 ? (
        <EmptyState
          compact
          icon="generations"
          title={t('generation.emptyTitle')}
          actions={
            <LinkButton href={router.href('newGeneration', {}, { generation: generation.id })}>{t('generation.useSettings')}</LinkButton>
          }
        >
          {t('generation.emptyText')}
        </EmptyState>
      ) : (
        <>
          <div class="view-tools">
            <Tabs
              label={t('generation.filterLabel')}
              value={filter}
              tabs={filters
                .filter((value) => value === 'all' || value === filter || counts[value] > 0)
                .map((value) => ({ value, label: filterText(value), count: counts[value] }))}
              onChange={(value) => router.setQuery({ status: value === 'all' ? null : value })}
            />
            <Segmented<ViewName>
              label={t('generation.viewLabel')}
              value={view}
              options={[
                { value: 'images', label: t('generation.viewImages') },
                { value: 'tasks', label: t('generation.viewTasks') },
              ]}
              onChange={(value) => {
                remember('generation.view', value);
                router.setQuery({ view: value });
              }}
            />
          </div>
          {ids.length === 0 ? (
            feed.complete.value ? (
              <p class="text-soft">{t('generation.noneOfFilter')}</p>
            ) : (
              <Skeleton lines={4} height="row" />
            )
          ) : view === 'tasks' ? (
            <TaskList book={book} ids={ids} actions={actions} onImage={open} />
          ) : (
            <TaskGrid book={book} ids={ids} ratio={ratioOf(generation)} onOpen={open} />
          )}
        </>
      )}
      <StartWarningDialog actions={actions} />
      <RateDialog actions={actions} current={generation.options.rateLimit} />
      <Lightbox
        source={source}
        position={position}
        onStar={(image, starred) => book.patch(image.taskId, { starred })}
        onDeleted={(image) => book.patch(image.taskId, { image: null, imageUrl: null, thumbUrl: null })}
      />
    </>
  );
}
