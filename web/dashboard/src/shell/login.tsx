import { ApiError, Button, Icon, LocaleMenu, Mark, TextInput, texts, ThemeMenu, useForm, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Session } from '../api/contract';
import { acceptSession, api, describe, session } from '../app';
import { t } from '../i18n';

/** A token for a session; with `godwit dev` the public one by a press. */
export function LoginPage(): JSX.Element {
  useTitle(t('common.loginTitle'));
  const known = session.value?.publicToken ?? null;
  const form = useForm({
    initial: { token: '' },
    validate: ({ token }) => ({ token: token.trim() === '' ? texts('kit.required') : undefined }),
    describe: (problem) => describe({ code: problem.code, message: problem.message }),
    async submit({ token }) {
      try {
        acceptSession(await api.post<Session>('/admin/v1/session', { token: token.trim() }));
      } catch (error) {
        throw error instanceof ApiError && error.status !== 0 ? new ApiError(error.status, { ...error.problem, field: 'token' }) : error;
      }
    },
  });
  return (
    <main class="login">
      <div class="login-tools">
        <LocaleMenu />
        <ThemeMenu />
      </div>
      <form
        class="login-box"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void form.submit();
        }}
      >
        <Mark size={36} />
        <h1 class="page-title">{t('common.product')}</h1>
        <p class="text-soft">{t('common.loginText')}</p>
        <TextInput {...form.field('token')} type="password" label={t('common.loginToken')} autoComplete="off" autoFocus />
        <Button type="submit" variant="primary" busy={form.busy.value} testId="login">
          {t('common.login')}
        </Button>
        {known !== null && (
          <Button
            testId="login-public"
            onClick={() => {
              form.set('token', known);
              void form.submit();
            }}
          >
            {t('common.loginPublic')}
          </Button>
        )}
      </form>
      <p class="login-foot">
        <Icon name="server" size={14} /> {location.host}
      </p>
    </main>
  );
}
