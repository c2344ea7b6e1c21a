import { toast, toastError } from '@godwit/kit';

import { describeError } from '../../app';

/** Does something and tells how it went; true when it went well. */
export async function act(run: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await run();
    if (done !== undefined) toast(done);
    return true;
  } catch (error) {
    toastError(describeError(error));
    return false;
  }
}
