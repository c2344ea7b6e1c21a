import { Badge } from '@godwit/kit';
import type { JSX } from 'preact';

import type { GenerationState } from '../../api/contract';
import { t } from '../../i18n';
import { stateTone } from '../generation/state';

function stateText(state: GenerationState): string {
  switch (state) {
    case 'ready':
      return t('generations.stateReady');
    case 'scheduled':
      return t('generations.stateScheduled');
    case 'sending':
      return t('generations.stateSending');
    case 'running':
      return t('generations.stateRunning');
    case 'paused':
      return t('generations.statePaused');
    case 'finished':
      return t('generations.stateFinished');
    case 'finished_with_errors':
      return t('generations.stateFinishedWithErrors');
  }
}

export function StateBadge({ state }: { state: GenerationState }): JSX.Element {
  return (
    <Badge tone={stateTone(state)} pulse={state === 'running' || state === 'sending'}>
      {stateText(state)}
    </Badge>
  );
}
