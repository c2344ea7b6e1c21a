import { Button, Callout, Dialog, LinkButton, locale, NumberInput, problemOf, Select, Stack, TextArea, TextInput, type Locale, type ProblemLike } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { ValuesRequest } from '../../api/contract';
import { api, describe, router, status } from '../../app';
import { t } from '../../i18n';
import { cleaned } from './values';

export interface ValuesByAiProps {
  name: string;
  existing: readonly string[];
  onTake: (values: string[], how: 'append' | 'replace') => void;
  onClose: () => void;
}

/** Asks the text model for values. They are a proposal until the reader takes them over. */
export function ValuesByAi({ name, existing, onTake, onClose }: ValuesByAiProps): JSX.Element {
  const [topic, setTopic] = useState(name);
  const [count, setCount] = useState<number | null>(10);
  const [language, setLanguage] = useState<Locale>(locale.peek());
  const [proposal, setProposal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemLike | null>(null);
  const keyMissing = status().value.value?.keys.openaiApiKey === false;
  const countRight = count !== null && Number.isInteger(count) && count >= 1 && count <= 100;

  const propose = async (): Promise<void> => {
    if (!countRight || keyMissing) return;
    setBusy(true);
    setProblem(null);
    const request: ValuesRequest = { name, topic: topic.trim(), count, language, existing: [...existing] };
    try {
      const { values } = await api.post<{ values: string[] }>('/api/parameters/generate', request);
      setProposal(values.join('\n'));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const take = (how: 'append' | 'replace'): void => {
    onTake(cleaned((proposal ?? '').split('\n')), how);
    onClose();
  };
  const empty = cleaned((proposal ?? '').split('\n')).length === 0;
  return (
    <Dialog
      title={t('parameters.generateTitle')}
      onClose={onClose}
      testId="values-by-ai"
      actions={
        proposal === null ? (
          <Button variant="primary" icon="sparkle" busy={busy} disabled={!countRight || keyMissing || topic.trim() === ''} onClick={() => void propose()}>
            {t('parameters.propose')}
          </Button>
        ) : (
          <>
            <Button variant="ghost" onClick={onClose}>
              {t('parameters.discard')}
            </Button>
            <Button busy={busy} onClick={() => void propose()}>
              {t('parameters.proposeAgain')}
            </Button>
            {existing.length > 0 && (
              <Button disabled={empty} onClick={() => take('replace')}>
                {t('parameters.replace')}
              </Button>
            )}
            <Button variant="primary" disabled={empty} onClick={() => take('append')}>
              {t('parameters.append')}
            </Button>
          </>
        )
      }
    >
      <Stack>
        {keyMissing && (
          <Callout tone="warning" actions={<LinkButton size="small" href={`${router.href('settings')}#keys`}>{t('parameters.toSettings')}</LinkButton>}>
            {t('parameters.keyMissing')}
          </Callout>
        )}
        <TextInput
          label={t('parameters.topic')}
          value={topic}
          onChange={setTopic}
          placeholder={t('parameters.topicPlaceholder')}
          autoFocus
          onEnter={() => void propose()}
        />
        <div class="fields-2">
          <NumberInput label={t('parameters.count')} value={count} min={1} max={100} onChange={setCount} />
          <Select
            label={t('parameters.language')}
            value={language}
            onChange={setLanguage}
            options={[
              { value: 'ru', label: t('parameters.russian') },
              { value: 'en', label: t('parameters.english') },
            ]}
          />
        </div>
        {problem && (
          <Callout tone="danger" live title={describe(problem)}>
            {problem.detail}
          </Callout>
        )}
        {proposal !== null && (
          <TextArea label={t('parameters.proposed')} hint={t('parameters.proposedHint')} rows={8} value={proposal} onChange={setProposal} />
        )}
      </Stack>
    </Dialog>
  );
}
