import { problemOf } from '@godwit/kit';

import { describe } from '../../app';
import { t } from '../../i18n';

/** Why the broker made or revoked no token, in words. */
export function tokenProblem(error: unknown): string {
  const problem = problemOf(error);
  const texts: Readonly<Record<string, string>> = {
    own_token: t('settings.problemOwnToken'),
    not_ours: t('settings.problemNotOurs'),
    ephemeral: t('settings.problemEphemeral'),
    too_many_tokens: t('settings.problemTooManyTokens'),
  };
  return texts[problem.code] ?? describe(problem);
}
