// The way of a first message: published, delivered to the catcher, seen there. What it needs of the
// world is handed in, so that the whole way is tested without one.

import type { Catcher, MessageDetail } from '../../api/contract';

export type Caught = Catcher['caught'][number];

export interface World {
  publish(): Promise<string>; // its id
  catcher(): Promise<Catcher>;
  /** null: there is nothing to tell yet. */
  message(id: string): Promise<Pick<MessageDetail, 'createdAt' | 'error' | 'attempts'> | null>;
  now(): number; // milliseconds
  wait(ms: number): Promise<void>;
}

export type Step =
  | { state: 'sending' }
  | { state: 'accepted'; id: string; tookMs: number; error: string | null }
  | { state: 'arrived'; id: string; tookMs: number; afterMs: number | null; caught: Caught }
  | { state: 'late'; id: string; tookMs: number; error: string | null };

const patienceMs = 20_000;
const hurryMs = 3_000;

/** Sends a message and tells each step. Throws what publishing throws; a look that fails is repeated. */
export async function followFirst(world: World, tell: (step: Step) => void, stopped: () => boolean): Promise<void> {
  tell({ state: 'sending' });
  const begun = world.now();
  const id = await world.publish();
  const accepted = world.now();
  const tookMs = accepted - begun;
  let error: string | null = null;
  tell({ state: 'accepted', id, tookMs, error });
  let trouble: unknown = null;
  while (!stopped()) {
    try {
      const caught = (await world.catcher()).caught.find(({ messageId }) => messageId === id);
      const message = await world.message(id);
      if (caught) {
        // Both times are the server's.
        const afterMs = message === null ? null : Math.max(0, Date.parse(caught.at) - Date.parse(message.createdAt));
        if (!stopped()) tell({ state: 'arrived', id, tookMs, afterMs, caught });
        return;
      }
      if (message !== null && message.error !== error && !stopped()) {
        error = message.error;
        tell({ state: 'accepted', id, tookMs, error });
      }
      trouble = null;
    } catch (problem) {
      trouble = problem; // The next look may go well; after the last one it is told.
    }
    const passed = world.now() - accepted;
    if (passed > patienceMs) {
      if (trouble !== null) throw trouble;
      if (!stopped()) tell({ state: 'late', id, tookMs, error });
      return;
    }
    await world.wait(passed < hurryMs ? 200 : 1000);
  }
}
