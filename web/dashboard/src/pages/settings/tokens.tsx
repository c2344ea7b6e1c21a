import { Badge, Button, confirm, RelativeTime, Section, Skeleton, toast, toastError, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Token } from '../../api/contract';
import { api } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { changing } from '../resources/may';
import { CreateToken } from './create-token';
import { tokenProblem } from './token-problem';

function nameOf(token: Token): string {
  if (token.name !== '') return token.name;
  // A public test user has the name that its token is known by.
  return token.source === 'public' ? token.id.replace(/^public-/, '') : t('settings.tokenNoName');
}

/** Why a token cannot be revoked here; undefined when it can. */
function keptBecause(token: Token): string | undefined {
  if (token.source === 'environment') return t('settings.revokeEnvironment');
  if (token.source === 'public') return t('settings.revokePublic');
  return token.current ? t('settings.revokeOwn') : undefined;
}

function SourceBadge({ source }: { source: Token['source'] }): JSX.Element {
  const [text, tip] = {
    file: [t('settings.tokenFile'), t('settings.tokenFileTip')] as const,
    environment: [t('settings.tokenEnvironment'), t('settings.tokenEnvironmentTip')] as const,
    public: [t('settings.tokenPublic'), t('settings.tokenPublicTip')] as const,
  }[source];
  return (
    <Badge tone={source === 'public' ? 'warning' : 'neutral'} tip={tip}>
      {text}
    </Badge>
  );
}

/** The account's tokens: without themselves, for the broker knows only their hashes. */
export function Tokens(): JSX.Element {
  const [creating, setCreating] = useState(false);
  const [busy, setBusy] = useState<string | null>(null);
  const poll = usePoll<{ tokens: readonly Token[] }>('tokens', { load: (signal) => api.get('/admin/v1/tokens', { signal }), pace: { usualMs: 30_000, nearMs: 30_000, hiddenMs: 120_000 } });
  const tokens = poll.value.value?.tokens;
  const revoke = async (token: Token): Promise<void> => {
    const name = nameOf(token);
    if (!(await confirm({ title: t('settings.revokeTitle', { name }), text: t('settings.revokeText'), action: t('settings.tokenRevoke'), danger: true }))) return;
    setBusy(token.id);
    try {
      await api.delete(`/admin/v1/tokens/${encodeURIComponent(token.id)}`);
      toast(t('settings.revoked', { name }));
    } catch (error) {
      toastError(tokenProblem(error));
    } finally {
      await poll.refresh();
      setBusy(null);
    }
  };
  return (
    <Section
      id="tokens"
      title={t('settings.tokensTitle')}
      lead={t('settings.tokensLead')}
      aside={
        <div class="settings-aside">
          <Button icon="plus" onClick={() => setCreating(true)} {...changing()} testId="token-new">
            {t('settings.tokenCreate')}
          </Button>
        </div>
      }
    >
      {tokens === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={3} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : (
        <CardTable<Token>
          label={t('settings.tokensTitle')}
          rows={tokens}
          keyOf={(token) => token.id}
          columns={[
            {
              key: 'name',
              title: t('settings.tokenName'),
              width: 'fill',
              cell: (token) => (
                <span class="two-lines">
                  <span class="token-name">
                    <span class={`row-link wrap-anywhere${token.name === '' && token.source !== 'public' ? ' text-soft' : ''}`}>{nameOf(token)}</span>
                    {token.current && <Badge tone="info">{t('settings.tokenCurrent')}</Badge>}
                  </span>
                  <span class="mono text-small text-faint clip">{token.id}</span>
                </span>
              ),
            },
            { key: 'access', title: t('settings.tokenAccess'), width: 'narrow', cell: (token) => <span class="no-wrap">{token.readOnly ? t('settings.tokenReadOnly') : t('settings.tokenFull')}</span> },
            { key: 'source', title: t('settings.tokenSource'), width: 'narrow', cell: (token) => <SourceBadge source={token.source} /> },
            { key: 'created', title: t('settings.tokenCreated'), width: 'narrow', cell: (token) => (token.createdAt === null ? <span class="text-faint">—</span> : <RelativeTime at={token.createdAt} />) },
            {
              key: 'actions',
              title: t('settings.tokenActions'),
              hideTitle: true,
              align: 'end',
              width: 'narrow',
              cell: (token) => {
                const kept = keptBecause(token);
                return (
                  <Button size="small" variant="ghost" busy={busy === token.id} {...(kept === undefined ? changing() : { disabled: true, tip: kept })} onClick={() => void revoke(token)} testId="token-revoke">
                    {t('settings.tokenRevoke')}
                  </Button>
                );
              },
            },
          ]}
        />
      )}
      {creating && (
        <CreateToken
          onClose={() => setCreating(false)}
          onCreated={(record) => poll.accept({ tokens: [...(poll.value.peek()?.tokens ?? []), record] })}
        />
      )}
    </Section>
  );
}
