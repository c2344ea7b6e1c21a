import { Button, Callout, formatBytes, Icon, Switch, TextArea } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';
import { HeaderLines } from '../resources/header-lines';
import { errorOf, type PartProps } from './form-access';
import { isJsonType, jsonMistake } from './json-check';
import { SuggestInput } from './suggest-input';

const types = ['application/json', 'text/plain', 'text/plain; charset=utf-8', 'application/xml', 'application/x-www-form-urlencoded', 'text/csv', 'application/x-ndjson', 'application/octet-stream'];

/** Beyond, checking at every key would be felt. */
const checkedMax = 256 * 1024;

function BodyVerdict({ body, contentType }: { body: string; contentType: string }): JSX.Element | null {
  if (body === '' || !isJsonType(contentType) || body.length > checkedMax) return null;
  const mistake = jsonMistake(body);
  return (
    <span class={mistake ? 'text-warning' : 'text-success'} role="status" data-testid="body-verdict">
      <Icon name={mistake ? 'warning' : 'check'} size={14} /> {mistake ? t('builder.bodyNoJson', { ...mistake }) : t('builder.bodyJson')}
    </span>
  );
}

function rewritten(body: string, indent: number): string | null {
  try {
    return JSON.stringify(JSON.parse(body), null, indent);
  } catch {
    return null;
  }
}

/** The body with its type; JSON is checked and can be formatted, and anything may be sent. */
export function BodyPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  const json = values.body !== '' && values.body.length <= checkedMax && isJsonType(values.contentType);
  const write = (indent: number): void => {
    const text = rewritten(values.body, indent);
    if (text !== null) form.set('body', text);
  };
  const fits = json && jsonMistake(values.body) === null;
  return (
    <>
      <div class="builder-body-head">
        <SuggestInput label={t('builder.contentType')} {...form.field('contentType')} suggestions={types} />
        <div class="builder-body-tools">
          <Button size="small" variant="ghost" disabled={!fits} onClick={() => write(2)}>
            {t('builder.format')}
          </Button>
          <Button size="small" variant="ghost" disabled={!fits} onClick={() => write(0)}>
            {t('builder.minify')}
          </Button>
        </div>
      </div>
      <TextArea
        label={t('builder.body')}
        hideLabel
        mono
        rows={8}
        placeholder={isJsonType(values.contentType) ? '{"hello": "world"}' : ''}
        {...form.field('body')}
        below={
          <p class="builder-body-foot">
            <BodyVerdict body={values.body} contentType={values.contentType} />
            <span class="text-faint">{values.body === '' ? t('builder.bodyHint') : formatBytes(new TextEncoder().encode(values.body).length)}</span>
          </p>
        }
      />
      {values.method === 'GET' && values.body !== '' && <Callout tone="warning">{t('builder.bodyGet')}</Callout>}
    </>
  );
}

/** Headers for the destination. */
export function HeadersPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  return (
    <>
      <HeaderLines label={t('builder.headers')} name="headers" lines={values.headers} error={errorOf(form, 'headers')} onChange={(lines) => form.set('headers', lines)} />
      <Switch label={t('builder.headerForward')} hint={t('builder.headerForwardHint')} checked={values.headerForward} onChange={(on) => form.set('headerForward', on)} />
    </>
  );
}
