import { confirm, toast } from '@godwit/kit';

import { v2 } from '../../api/v2';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { act } from '../resources/act';

export const schedulePath = (id: string): string => `/v2/schedules/${encodeURIComponent(id)}`;

export async function pauseSchedule(id: string): Promise<boolean> {
  const agreed = await confirm({ title: t('schedules.pauseTitle', { name: id }), text: t('schedules.pauseText'), action: t('resources.pause') });
  return agreed && act(() => v2.send('POST', `${schedulePath(id)}/pause`), t('schedules.pausedToast', { name: id }));
}

export function resumeSchedule(id: string): Promise<boolean> {
  return act(() => v2.send('POST', `${schedulePath(id)}/resume`), t('schedules.resumedToast', { name: id }));
}

export async function deleteSchedule(id: string): Promise<boolean> {
  const agreed = await confirm({ title: t('schedules.deleteTitle', { name: id }), text: t('schedules.deleteText'), action: t('resources.delete'), danger: true });
  return agreed && act(() => v2.send('DELETE', schedulePath(id)), t('schedules.deleted', { name: id }));
}

export function runSchedule(id: string): Promise<boolean> {
  return act(async () => {
    const ran = await api.post<{ messageId?: string; messageIds?: string[] }>(`/admin/v1/schedules/${encodeURIComponent(id)}/run`);
    const ids = ran.messageIds ?? (ran.messageId === undefined ? [] : [ran.messageId]);
    const first = ids[0];
    toast(t('schedules.ran', { count: ids.length }), {
      ...(first === undefined ? {} : { action: { label: t('schedules.showMessage'), run: () => void router.go(router.href('message', { id: first })) } }),
    });
  });
}
