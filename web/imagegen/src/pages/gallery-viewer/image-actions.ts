// What can be done to images, one or many: requests, the questions before and the words after.

import { confirm, copyText, toast, toastError } from '@godwit/kit';

import type { GalleryImage } from '../../api/contract';
import { api, describeError, router } from '../../app';
import { t } from '../../i18n';

/** Starts a download that the server answers with an attachment. */
export function download(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}

export function downloadImage(image: GalleryImage): void {
  download(`${image.url}?download=1`);
}

export async function copyPrompt(image: Pick<GalleryImage, 'prompt'>): Promise<void> {
  if (await copyText(image.prompt)) toast(t('gallery.copied'));
  else toastError(t('gallery.copyFailed'));
}

export function useSettingsOf(image: GalleryImage): void {
  void router.go(router.href('newGeneration', {}, { generation: image.generationId, task: image.taskId }));
}

/** As many as one request names; more are asked for in turn. */
const requestMax = 500;

async function inTurn(ids: readonly string[], ask: (some: readonly string[]) => Promise<number>): Promise<number> {
  let count = 0;
  for (let at = 0; at < ids.length; at += requestMax) count += await ask(ids.slice(at, at + requestMax));
  return count;
}

/** True when it is done. */
export async function starImages(ids: readonly string[], starred: boolean): Promise<boolean> {
  try {
    await inTurn(ids, async (some) => (await api.post<{ changed: number }>('/api/images/star', { ids: some, starred })).changed);
    return true;
  } catch (error) {
    toastError(describeError(error));
    return false;
  }
}

/** Asks and deletes; true when they are gone. */
export async function deleteImages(ids: readonly string[]): Promise<boolean> {
  const agreed = await confirm({
    title: t('gallery.deleteTitle', { count: ids.length }),
    text: t('gallery.deleteText'),
    action: t('gallery.delete'),
    danger: true,
  });
  if (!agreed) return false;
  try {
    const deleted = await inTurn(ids, async (some) => (await api.post<{ deleted: number }>('/api/images/delete', { ids: some })).deleted);
    toast(t('gallery.deleted', { count: deleted }));
    return true;
  } catch (error) {
    toastError(describeError(error));
    return false;
  }
}

/** Has the server make an archive of these, and downloads it. */
export async function archiveImages(ids: readonly string[]): Promise<void> {
  try {
    toast(t('gallery.zipPreparing'), { tone: 'info' });
    const { url } = await api.post<{ url: string }>('/api/images/archive', { ids });
    download(url);
  } catch (error) {
    toastError(describeError(error));
  }
}
