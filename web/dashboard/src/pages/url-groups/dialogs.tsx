import { Button, Dialog, Form, TextInput, useForm } from '@godwit/kit';
import type { JSX } from 'preact';

import type { HeaderLine } from '../../api/contract';
import { isHeaderName, isHttpUrl, namePattern, type GroupEndpoint, type UrlGroup } from '../../api/resources';
import { v2 } from '../../api/v2';
import { describe } from '../../app';
import { t } from '../../i18n';
import { HeaderLines } from '../resources/header-lines';
import { change, faultOf, type EndpointStep } from './endpoints';

export const groupPath = (name: string): string => `/v2/topics/${encodeURIComponent(name)}`;

export async function perform(group: UrlGroup, steps: readonly EndpointStep[]): Promise<void> {
  const path = groupPath(group.name);
  for (const step of steps) {
    if (step.kind === 'upsert') await v2.send('POST', `${path}/endpoints`, { json: { endpoints: step.endpoints } });
    else if (step.kind === 'remove') await v2.send('DELETE', `${path}/endpoints`, { json: { endpoints: [step.endpoint] } });
    else if (group.headers) await v2.send('PATCH', path, { json: { headers: group.headers } });
  }
}

function actions(onClose: () => void, busy: boolean, submit: () => void, text: string): JSX.Element {
  return (
    <>
      <Button onClick={onClose}>{t('common.cancel')}</Button>
      <Button variant="primary" busy={busy} onClick={submit} testId="group-save">
        {text}
      </Button>
    </>
  );
}

export function NewGroupDialog({ taken, onClose }: { taken: readonly string[]; onClose: (name: string | null) => void }): JSX.Element {
  const form = useForm({
    initial: { name: '', url: '' },
    validate: ({ name, url }) => ({
      name: !namePattern.test(name.trim()) ? t('resources.faultName') : taken.includes(name.trim()) ? t('urlGroups.exists') : undefined,
      url: isHttpUrl(url.trim()) ? undefined : t('resources.faultUrl'),
    }),
    describe,
    async submit({ name, url }) {
      await v2.send('POST', `${groupPath(name.trim())}/endpoints`, { json: { endpoints: [{ url: url.trim() }] } });
      onClose(name.trim());
    },
  });
  return (
    <Dialog title={t('urlGroups.create')} size="small" onClose={() => onClose(null)} actions={actions(() => onClose(null), form.busy.value, () => void form.submit(), t('resources.create'))}>
      <Form form={form}>
        <TextInput label={t('urlGroups.name')} hint={t('urlGroups.nameHint')} mono autoFocus {...form.field('name')} />
        <TextInput label={t('urlGroups.firstUrl')} mono placeholder="https://example.com/hook" {...form.field('url')} />
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </Form>
    </Dialog>
  );
}

/** `endpoint` null: a new one. */
export function EndpointDialog({ group, endpoint, onClose }: { group: UrlGroup; endpoint: GroupEndpoint | null; onClose: (saved: boolean) => void }): JSX.Element {
  const wanted = ({ name, url }: { name: string; url: string }): GroupEndpoint => ({ ...(name.trim() === '' ? {} : { name: name.trim() }), url: url.trim() });
  const form = useForm({
    initial: { name: endpoint?.name ?? '', url: endpoint?.url ?? '' },
    validate(values) {
      const fault = faultOf(group.endpoints, endpoint, wanted(values));
      return {
        url: fault === 'url' ? t('resources.faultUrl') : fault === 'urlTaken' ? t('urlGroups.faultUrlTaken') : undefined,
        name: fault === 'nameTaken' ? t('urlGroups.faultNameTaken') : fault === 'nameLost' ? t('urlGroups.faultNameLost') : undefined,
      };
    },
    describe,
    async submit(values) {
      const after = wanted(values);
      await perform(group, endpoint ? change(group.endpoints, endpoint, after) : [{ kind: 'upsert', endpoints: [after] }]);
      onClose(true);
    },
  });
  return (
    <Dialog
      title={endpoint ? t('urlGroups.endpointEdit') : t('urlGroups.endpointAdd')}
      size="small"
      onClose={() => onClose(false)}
      actions={actions(() => onClose(false), form.busy.value, () => void form.submit(), t('resources.save'))}
    >
      <Form form={form}>
        <TextInput label={t('urlGroups.endpointUrl')} mono autoFocus placeholder="https://example.com/hook" {...form.field('url')} />
        <TextInput label={t('urlGroups.endpointName')} hint={t('urlGroups.endpointNameHint')} {...form.field('name')} />
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </Form>
    </Dialog>
  );
}

export function linesOf(group: UrlGroup): HeaderLine[] {
  return Object.entries(group.headers ?? {}).flatMap(([name, values]) => values.map((value) => ({ name, value })));
}

export function HeadersDialog({ group, onClose }: { group: UrlGroup; onClose: (saved: boolean) => void }): JSX.Element {
  const form = useForm<{ headers: readonly HeaderLine[] }>({
    initial: { headers: linesOf(group).length > 0 ? linesOf(group) : [{ name: '', value: '' }] },
    validate: ({ headers }) => ({
      headers: headers.some(({ name, value }) => (name.trim() !== '' || value !== '') && !isHeaderName(name.trim())) ? t('resources.faultHeader') : undefined,
    }),
    describe,
    async submit({ headers }) {
      const map: Record<string, string[]> = {};
      for (const { name, value } of headers) {
        if (name.trim() !== '') (map[name.trim()] ??= []).push(value);
      }
      await v2.send('PATCH', groupPath(group.name), { json: { headers: map } });
      onClose(true);
    },
  });
  return (
    <Dialog title={t('urlGroups.headersTitle')} onClose={() => onClose(false)} actions={actions(() => onClose(false), form.busy.value, () => void form.submit(), t('resources.save'))}>
      <Form form={form}>
        <p class="text-soft">{t('urlGroups.headersLead')}</p>
        <HeaderLines label={t('urlGroups.headersTitle')} name="headers" lines={form.values.value.headers} error={form.errors.value['headers']} onChange={(lines) => form.set('headers', lines)} />
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </Form>
    </Dialog>
  );
}
