import { Callout, CopyButton } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { SignatureReport } from '../../api/contract';
import { t } from '../../i18n';
import { BodySearch, searchedMax } from './body-search';
import { CheckView } from './check-view';
import { failing, onlyExpired, type Question } from './question';

function Verdict({ report, actions }: { report: SignatureReport; actions: ComponentChildren }): JSX.Element {
  const next = report.checks.some(({ code, key }) => code === 'signature' && key === 'next');
  if (report.valid) {
    return (
      <Callout tone="success" title={t('signature.valid')} testId="verdict" actions={actions}>
        {next ? t('signature.validNext') : t('signature.validText')}
      </Callout>
    );
  }
  const expired = onlyExpired(report);
  return (
    <Callout tone={expired ? 'warning' : 'danger'} title={expired ? t('signature.expired') : t('signature.invalid')} testId="verdict" actions={actions}>
      {expired ? t('signature.onlyExpired') : t('signature.invalidText', { count: failing(report).length })}
    </Callout>
  );
}

function Decoded({ title, text }: { title: string; text: string }): JSX.Element {
  return (
    <section class="decoded">
      <h3 class="check-title">{title}</h3>
      <pre class="code-block">
        <code>{text}</code>
        <CopyButton text={text} />
      </pre>
    </section>
  );
}

/** The verdict, every check in its order, and what the token says. */
export function ReportView({ report, question, actions }: { report: SignatureReport; question: Question; actions: ComponentChildren }): JSX.Element {
  const text = question.body;
  return (
    <div class="stack">
      <div role="status">
        <Verdict report={report} actions={actions} />
      </div>
      <ol class="checks">
        {report.checks.map((check) => (
          <CheckView key={check.code} check={check}>
            {check.code === 'body' && check.ok === false && check.found !== null && check.found !== '' && text !== undefined && text.length <= searchedMax && <BodySearch signature={question.signature} text={text} />}
          </CheckView>
        ))}
      </ol>
      {report.header !== null && <Decoded title={t('signature.header')} text={report.header} />}
      {report.claims !== null && <Decoded title={t('signature.claims')} text={report.claims} />}
    </div>
  );
}
