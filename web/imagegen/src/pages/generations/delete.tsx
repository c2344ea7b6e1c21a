import { confirm, toast, toastError } from '@godwit/kit';

import type { Generation } from '../../api/contract';
import { api, describeError } from '../../app';
import { t } from '../../i18n';
import { isAtRest } from '../generation/state';

/** Asks, telling how many images go with it, and deletes; true when it is gone. */
export async function deleteGeneration(generation: Generation): Promise<boolean> {
  const count = generation.summary.done;
  const agreed = await confirm({
    title: t('generations.deleteTitle', { name: generation.name }),
    text: (
      <>
        <p>{count > 0 ? t('generations.deleteImages', { count }) : t('generations.deleteNoImages')}</p>
        {!isAtRest(generation.state) && <p>{t('generations.deleteActive')}</p>}
      </>
    ),
    action: count > 0 ? t('generations.deleteAction', { count }) : t('generations.delete'),
    danger: true,
  });
  if (!agreed) return false;
  try {
    const { images } = await api.delete<{ images: number }>(`/api/generations/${generation.id}`);
    toast(t('generations.deleted', { count: images }));
    return true;
  } catch (error) {
    toastError(describeError(error));
    return false;
  }
}
