import { ApiError, Button, Icon, LocaleMenu, Mark, TextInput, texts, ThemeMenu, useForm, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Session } from '../api/contract';
import { api, describe, session, status } from '../app';
import { t } from '../i18n';

/** For servers that listen beyond their own machine. */
export function LoginPage(): JSX.Element {
  useTitle(t('common.loginTitle'));
  const form = useForm({
    initial: { password: '' },
    validate: ({ password }) => ({ password: password === '' ? texts('kit.required') : undefined }),
    describe,
    async submit({ password }) {
      try {
        session.value = await api.post<Session>('/api/session', { password });
        void status().refresh();
      } catch (error) {
        form.set('password', '');
        throw error instanceof ApiError && error.status !== 0 ? new ApiError(error.status, { ...error.problem, field: 'password' }) : error;
      }
    },
  });
  const field = form.field('password');
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
        <TextInput
          {...field}
          type="password"
          label={t('common.password')}
          autoComplete="current-password"
          autoFocus
        />
        <Button type="submit" variant="primary" busy={form.busy.value}>
          {t('common.login')}
        </Button>
      </form>
      <p class="login-foot">
        <Icon name="server" size={14} /> {location.host}
      </p>
    </main>
  );
}
