import { effect } from '@preact/signals';

import { router } from '../../app';

let last: string | null = null;

// The list with the filters under which the reader left it, so that the way back leads there.
effect(() => {
  const match = router.current.value;
  if (match?.name === 'messages') last = router.href('messages', {}, Object.fromEntries(match.query));
});

export function messagesBackHref(): string {
  return last ?? router.href('messages');
}
