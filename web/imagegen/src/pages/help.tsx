import { Button, CopyButton, formatDuration, LinkButton, NumberInput, PageHead, Rich, Segmented, usePoll, useTitle } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Settings } from '../api/contract';
import { api, router, status } from '../app';
import { t } from '../i18n';
import { BrokerMark, checkEverything, checksRunning, KeyMark, LiveMark, TokenMark } from './help/marks';

const chapters = [
  ['what', 'help.whatTitle'],
  ['why', 'help.whyTitle'],
  ['setup', 'help.setupTitle'],
  ['how', 'help.howTitle'],
  ['monitoring', 'help.monitorTitle'],
  ['development', 'help.devTitle'],
  ['troubleshooting', 'help.troubleTitle'],
  ['more', 'help.moreTitle'],
] as const;

function Chapter({ id, title, children }: { id: (typeof chapters)[number][0]; title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="chapter" id={id} aria-labelledby={`${id}-title`}>
      <h2 class="chapter-title" id={`${id}-title`}>
        {title}
      </h2>
      {children}
    </section>
  );
}

function Code({ text }: { text: string }): JSX.Element {
  return (
    <div class="code-block">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ComponentChildren }): JSX.Element {
  return (
    <li class="guide-step">
      <span class="guide-number" aria-hidden="true">
        {number}
      </span>
      <div class="guide-step-main">
        <h3 class="guide-step-title">{title}</h3>
        {children}
      </div>
    </li>
  );
}

type Line = string | { text: string; mark: ComponentChildren };

function Lines({ lines, numbered = false }: { lines: readonly Line[]; numbered?: boolean }): JSX.Element {
  const items = lines.map((line, index) => (
    <li key={index}>
      <Rich text={typeof line === 'string' ? line : line.text} />
      {typeof line !== 'string' && line.mark && <> {line.mark}</>}
    </li>
  ));
  return numbered ? <ol class="guide-list guide-numbered">{items}</ol> : <ul class="guide-list">{items}</ul>;
}

function Setup(): JSX.Element {
  const now = status().value.value;
  const kind = now?.broker.kind;
  const [chosen, setChosen] = useState<'own' | 'hosted' | null>(null);
  const way = chosen ?? (kind === 'qstash' ? 'hosted' : 'own');
  const settings = usePoll('help-settings', {
    load: (signal) => api.get<Settings>('/api/settings', { signal }),
    outlook: () => ({ final: true }),
  }).value.value;
  const webhook = settings && <LiveMark verdict="yes">{t('help.markPublic', { url: settings.broker.webhookUrl })}</LiveMark>;
  return (
    <>
      <div class="row guide-tools">
        <Segmented
          label={t('help.brokerChoice')}
          value={way}
          onChange={setChosen}
          options={[
            { value: 'own', label: t('help.selfHosted') },
            { value: 'hosted', label: t('help.hosted') },
          ]}
        />
        <Button size="small" busy={checksRunning()} disabled={!now} onClick={() => now && void checkEverything(now.keys)} testId="check-all">
          {t('help.checkAll')}
        </Button>
      </div>
      <ol class="guide-steps">
        {way === 'hosted' ? (
          <Step number={1} title={t('help.step1')}>
            <Lines numbered lines={[t('help.step1a'), t('help.step1b'), t('help.step1c')]} />
            <BrokerMark status={now} />
          </Step>
        ) : (
          <Step number={1} title={t('help.step1Own')}>
            <p>{t('help.step1OwnA')}</p>
            <Code text="godwit dev --with-imagegen" />
            <p>{t('help.step1OwnB')}</p>
            <Code text="godwit token create --data-dir /var/lib/godwit" />
            <BrokerMark status={now} />
          </Step>
        )}
        <Step number={2} title={t('help.step2')}>
          {way === 'hosted' ? <Lines numbered lines={[t('help.step2a'), t('help.step2b'), t('help.step2c')]} /> : <p><Rich text={t('help.step2Own')} /></p>}
        </Step>
        <Step number={3} title={t('help.step3')}>
          <Lines
            numbered
            lines={[
              t('help.step3a'),
              { text: t('help.step3b'), mark: <TokenMark status={now} /> },
              { text: t('help.step3c'), mark: <KeyMark status={now} name="openaiApiKey" /> },
              { text: t('help.step3d'), mark: <KeyMark status={now} name="geminiApiKey" /> },
              t('help.step3e'),
            ]}
          />
        </Step>
        <Step number={4} title={t('help.step4')}>
          <p>{t('help.step4a')}</p>
          <Code text="QSTASH_TOKEN=your_qstash_token_here" />
          <p>
            <Rich text={t('help.step4b')} /> {webhook}
          </p>
        </Step>
      </ol>
    </>
  );
}

const sampleImages = 100;

function RateCalculator(): JSX.Element {
  const [rate, setRate] = useState<number | null>(60);
  const valid = rate !== null && Number.isInteger(rate) && rate >= 1 && rate <= 3600;
  return (
    <div class="card rate-card">
      <Code text="delaySeconds = (60 * 60) / rateLimit" />
      <div class="rate-row">
        <NumberInput label={t('help.rateField')} value={rate} min={1} max={3600} onChange={setRate} />
        <p class="rate-result" role="status">
          {valid &&
            t('help.rateResult', {
              interval: formatDuration((3600 / rate) * 1000),
              count: sampleImages,
              time: formatDuration(Math.ceil(((sampleImages - 1) * 3600) / rate) * 1000),
            })}
        </p>
      </div>
    </div>
  );
}

function Trouble({ title, lines, href }: { title: string; lines: readonly string[]; href: string }): JSX.Element {
  return (
    <div class="card trouble-card">
      <h3 class="guide-step-title">{title}</h3>
      <Lines numbered lines={lines} />
      <div>
        <LinkButton size="small" icon="diagnostics" href={href}>
          {t('help.openDiagnostics')}
        </LinkButton>
      </div>
    </div>
  );
}

export function HelpPage(): JSX.Element {
  useTitle(t('help.title'));
  useEffect(() => {
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, []);
  const console = status().value.value?.broker.consoleUrl ?? null;
  const retries = usePoll('help-retries', {
    load: (signal) => api.get<Settings>('/api/settings', { signal }),
    outlook: () => ({ final: true }),
  }).value.value?.broker.retries;
  const diagnostics = router.href('diagnostics');
  return (
    <div class="guide">
      <article class="guide-main">
        <PageHead title={t('help.title')}>{t('help.lead')}</PageHead>
        <Chapter id="what" title={t('help.whatTitle')}>
          <p>
            <Rich text={t('help.whatText')} />
          </p>
          <Lines lines={[t('help.what1'), t('help.what2'), t('help.what3'), t('help.what4')]} />
        </Chapter>
        <Chapter id="why" title={t('help.whyTitle')}>
          <Lines lines={[t('help.why1'), t('help.why2'), t('help.why3'), t('help.why4')]} />
        </Chapter>
        <Chapter id="setup" title={t('help.setupTitle')}>
          <Setup />
        </Chapter>
        <Chapter id="how" title={t('help.howTitle')}>
          <ol class="flow">
            {([1, 2, 3, 4, 5, 6, 7] as const).map((number) => (
              <li key={number}>
                <Rich text={t(`help.flow${number}`)} />
              </li>
            ))}
          </ol>
          <h3 class="guide-step-title">{t('help.rateTitle')}</h3>
          <p>{t('help.rateText')}</p>
          <RateCalculator />
          <p class="text-soft">{t('help.rateNote')}</p>
          <h3 class="guide-step-title">{t('help.retriesTitle')}</h3>
          <p>
            <Rich text={t('help.retriesText', { count: retries ?? 3 })} />
          </p>
        </Chapter>
        <Chapter id="monitoring" title={t('help.monitorTitle')}>
          <Lines numbered lines={[t('help.monitor1'), t('help.monitor2'), t('help.monitor3')]} />
          {console && (
            <div>
              <LinkButton size="small" icon="external" href={console} external>
                {t('help.monitorOpen')}
              </LinkButton>
            </div>
          )}
        </Chapter>
        <Chapter id="development" title={t('help.devTitle')}>
          <Lines numbered lines={[t('help.dev1'), t('help.dev2'), t('help.dev3')]} />
        </Chapter>
        <Chapter id="troubleshooting" title={t('help.troubleTitle')}>
          <p>
            <Rich text={t('help.troubleLead')} />
          </p>
          <Trouble title={t('help.trouble1')} lines={[t('help.trouble1a'), t('help.trouble1b'), t('help.trouble1c')]} href={`${diagnostics}#tasks`} />
          <Trouble title={t('help.trouble2')} lines={[t('help.trouble2a'), t('help.trouble2b')]} href={`${diagnostics}#limits`} />
          <Trouble title={t('help.trouble3')} lines={[t('help.trouble3a'), t('help.trouble3b'), t('help.trouble3c')]} href={`${diagnostics}#stuck`} />
        </Chapter>
        <Chapter id="more" title={t('help.moreTitle')}>
          <Lines lines={[t('help.more1'), t('help.more2'), t('help.more3'), t('help.more4')]} />
        </Chapter>
      </article>
      <nav class="guide-contents" aria-label={t('help.contents')}>
        <p class="guide-contents-title">{t('help.contents')}</p>
        <ul>
          {chapters.map(([id, title]) => (
            <li key={id}>
              <a href={`#${id}`}>{t(title)}</a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}
