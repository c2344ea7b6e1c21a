import { Button, confirm, Dialog, Form, NumberInput, Rich, Switch, TextInput, useForm } from '@godwit/kit';
import type { JSX } from 'preact';

import type { MessageCount } from '../../api/contract';
import { namePattern, type Queue } from '../../api/resources';
import { v2 } from '../../api/v2';
import { api, describe } from '../../app';
import { t } from '../../i18n';
import { act } from '../resources/act';

const pathOf = (name: string): string => `/v2/queues/${encodeURIComponent(name)}`;

export async function pauseQueue(queue: Queue): Promise<boolean> {
  const agreed = await confirm({ title: t('queues.pauseTitle', { name: queue.name }), text: t('queues.pauseText'), action: t('resources.pause') });
  return agreed && act(() => v2.send('POST', `${pathOf(queue.name)}/pause`), t('queues.pausedToast', { name: queue.name }));
}

export function resumeQueue(queue: Queue): Promise<boolean> {
  return act(() => v2.send('POST', `${pathOf(queue.name)}/resume`), t('queues.resumedToast', { name: queue.name }));
}

/** Looks at so many pages for the exact number; beyond them the queue's own count is told. */
const countPagesMax = 50;

/** How many messages go with a queue: counted now, one by one. */
async function livingOf(name: string): Promise<number> {
  let living = 0;
  let cursor: string | null = null;
  for (let page = 0; page < countPagesMax; page += 1) {
    const query = new URLSearchParams({ queue: name, ...(cursor === null ? {} : { cursor }) });
    const part: MessageCount = await api.get<MessageCount>(`/admin/v1/messages/count?${query.toString()}`);
    living += part.living;
    cursor = part.cursor;
    if (cursor === null) return living;
  }
  return (await v2.get<Queue>(pathOf(name))).lag;
}

/** Asks, saying what is canceled with it, and deletes; true when it is gone. */
export async function deleteQueue(name: string): Promise<boolean> {
  let count = 0;
  const counted = await act(async () => {
    const { lag } = await v2.get<Queue>(pathOf(name));
    count = lag === 0 ? 0 : await livingOf(name);
  });
  if (!counted) return false;
  const agreed = await confirm({
    title: t('queues.deleteTitle', { name }),
    text: count === 0 ? t('queues.deleteEmpty') : <Rich text={t('queues.deleteCancels', { count })} />,
    action: count === 0 ? t('resources.delete') : t('queues.deleteAction', { count }),
    danger: true,
  });
  return agreed && act(() => v2.send('DELETE', pathOf(name)), t('queues.deleted', { name }));
}

interface QueueValues {
  name: string;
  parallelism: number | null;
  paused: boolean;
}

/** Makes a queue, or changes the parallelism of one. */
export function QueueDialog({ queue, taken, onClose }: { queue: Queue | null; taken: readonly string[]; onClose: (saved: string | null) => void }): JSX.Element {
  const form = useForm<QueueValues>({
    initial: { name: queue?.name ?? '', parallelism: queue?.parallelism ?? 1, paused: false },
    validate: ({ name, parallelism }) => ({
      name: queue ? undefined : !namePattern.test(name.trim()) ? t('resources.faultName') : taken.includes(name.trim()) ? t('queues.exists') : undefined,
      parallelism: parallelism === null || !Number.isInteger(parallelism) || parallelism < 1 ? t('queues.parallelismHint') : undefined,
    }),
    describe,
    async submit({ name, parallelism, paused }) {
      const body = { queueName: name.trim(), parallelism: parallelism ?? 1, ...(queue ? {} : { paused }) };
      await v2.send('POST', '/v2/queues', { json: body });
      onClose(name.trim());
    },
  });
  return (
    <Dialog
      title={queue ? t('queues.parallelismTitle', { name: queue.name }) : t('queues.create')}
      size="small"
      onClose={() => onClose(null)}
      actions={
        <>
          <Button onClick={() => onClose(null)}>{t('common.cancel')}</Button>
          <Button variant="primary" busy={form.busy.value} onClick={() => void form.submit()} testId="queue-save">
            {queue ? t('resources.save') : t('resources.create')}
          </Button>
        </>
      }
    >
      <Form form={form}>
        {!queue && <TextInput label={t('queues.name')} hint={t('queues.nameHint')} mono autoFocus {...form.field('name')} onEnter={() => void form.submit()} />}
        <NumberInput label={t('queues.parallelism')} hint={t('queues.parallelismHint')} min={1} {...form.field('parallelism')} />
        {!queue && (
          <Switch
            label={t('queues.startPaused')}
            hint={t('queues.startPausedHint')}
            checked={form.values.value.paused}
            onChange={(paused) => form.set('paused', paused)}
          />
        )}
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </Form>
    </Dialog>
  );
}
