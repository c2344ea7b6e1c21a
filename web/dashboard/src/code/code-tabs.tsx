import { CopyButton, recall, remember, Segmented } from '@godwit/kit';
import { signal } from '@preact/signals';
import type { JSX } from 'preact';

import { t } from '../i18n';
import { codeLanguages, publishCode, type CodeLanguage } from './publish-code';
import type { PublishRequest } from './publish-request';

const names: Readonly<Record<CodeLanguage, string>> = { curl: 'curl', javascript: 'JavaScript', python: 'Python', cli: 'CLI', http: 'HTTP' };

const kept = recall('code-language');
const chosen = signal<CodeLanguage>(codeLanguages.find((language) => language === kept) ?? 'curl');

/** A publish in each language; the choice holds on every page. */
export function CodeTabs({ request, baseUrl }: { request: PublishRequest; baseUrl: string }): JSX.Element {
  const code = publishCode(chosen.value, request, baseUrl);
  return (
    <div class="code-tabs">
      <div class="code-tabs-head">
        <Segmented
          label={t('builder.codeLanguage')}
          value={chosen.value}
          options={codeLanguages.map((value) => ({ value, label: names[value] }))}
          onChange={(language) => {
            chosen.value = language;
            remember('code-language', language);
          }}
        />
        <CopyButton text={code} label={t('builder.codeCopy')} />
      </div>
      {/* Scrolled by keys, too. */}
      <pre class="code-block code-tabs-code" tabIndex={0} role="region" aria-label={names[chosen.value]} data-testid="code">
        <code>{code}</code>
      </pre>
    </div>
  );
}
