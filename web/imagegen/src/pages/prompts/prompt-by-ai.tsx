import { Button, Callout, Checkbox, Dialog, LinkButton, locale, problemOf, Select, Stack, TextArea, type Locale, type ProblemLike } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Parameter, PromptChange, PromptIdea } from '../../api/contract';
import { api, describe, router, status } from '../../app';
import { t } from '../../i18n';

export interface PromptByAiProps {
  parameters: readonly Parameter[];
  onTake: (prompt: PromptChange) => void;
  onClose: () => void;
}

/** Asks the text model for a prompt. It is a proposal until the reader takes it. */
export function PromptByAi({ parameters, onTake, onClose }: PromptByAiProps): JSX.Element {
  const [idea, setIdea] = useState('');
  const [used, setUsed] = useState<ReadonlySet<string>>(new Set());
  const [language, setLanguage] = useState<Locale>(locale.peek());
  const [proposal, setProposal] = useState<PromptChange | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemLike | null>(null);
  const keyMissing = status().value.value?.keys.openaiApiKey === false;

  const propose = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const request: PromptIdea = { idea: idea.trim(), parameters: [...used], language };
    try {
      setProposal(await api.post<PromptChange>('/api/prompts/generate', request));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const ready = idea.trim() !== '' && !keyMissing;
  return (
    <Dialog
      title={t('prompts.generateTitle')}
      onClose={onClose}
      testId="prompt-by-ai"
      actions={
        proposal === null ? (
          <Button variant="primary" icon="sparkle" busy={busy} disabled={!ready} onClick={() => void propose()}>
            {t('prompts.propose')}
          </Button>
        ) : (
          <>
            <Button variant="ghost" onClick={onClose}>
              {t('prompts.discard')}
            </Button>
            <Button busy={busy} disabled={!ready} onClick={() => void propose()}>
              {t('prompts.proposeAgain')}
            </Button>
            <Button
              variant="primary"
              disabled={proposal.content.trim() === ''}
              onClick={() => {
                onTake(proposal);
                onClose();
              }}
            >
              {t('prompts.take')}
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
        <TextArea label={t('prompts.idea')} rows={3} value={idea} onChange={setIdea} placeholder={t('prompts.ideaPlaceholder')} />
        {parameters.length > 0 && (
          <fieldset class="choices">
            <legend class="field-label">{t('prompts.useParameters')}</legend>
            {parameters.map((parameter) => (
              <Checkbox
                key={parameter.id}
                label={<span class="mono">{parameter.name}</span>}
                checked={used.has(parameter.name)}
                onChange={(checked) => {
                  const next = new Set(used);
                  if (checked) next.add(parameter.name);
                  else next.delete(parameter.name);
                  setUsed(next);
                }}
              />
            ))}
          </fieldset>
        )}
        <Select
          label={t('prompts.language')}
          value={language}
          onChange={setLanguage}
          options={[
            { value: 'ru', label: t('parameters.russian') },
            { value: 'en', label: t('parameters.english') },
          ]}
        />
        {problem && (
          <Callout tone="danger" live title={describe(problem)}>
            {problem.detail}
          </Callout>
        )}
        {proposal && (
          <TextArea
            label={t('prompts.proposed')}
            rows={5}
            value={proposal.content}
            onChange={(content) => setProposal({ ...proposal, content })}
          />
        )}
      </Stack>
    </Dialog>
  );
}
