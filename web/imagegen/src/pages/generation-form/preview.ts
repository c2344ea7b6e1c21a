// The server's preview of a form that is being written: asked when the reader rests, the latest
// question wins, and what was shown stays until the next is here.

import { isAbort, problemOf, type ProblemLike } from '@godwit/kit';
import { signal, type ReadonlySignal } from '@preact/signals';

import type { GenerationRequest, Preview } from '../../api/contract';

export interface PreviewState {
  preview: Preview | null;
  problem: ProblemLike | null;
  loading: boolean;
}

export class PreviewQuestions {
  readonly state: ReadonlySignal<PreviewState>;
  private readonly shown = signal<PreviewState>({ preview: null, problem: null, loading: false });
  private abort: AbortController | null = null;
  private asked = '';

  constructor(private readonly ask: (request: GenerationRequest, signal: AbortSignal) => Promise<Preview>) {
    this.state = this.shown;
  }

  /** null: there is nothing to preview. The same question is not asked twice in a row. */
  async set(request: GenerationRequest | null): Promise<void> {
    const key = request === null ? '' : JSON.stringify(request);
    if (key === this.asked) return;
    this.asked = key;
    this.abort?.abort();
    if (request === null) {
      this.shown.value = { preview: null, problem: null, loading: false };
      return;
    }
    const abort = new AbortController();
    this.abort = abort;
    this.shown.value = { ...this.shown.peek(), loading: true };
    try {
      const preview = await this.ask(request, abort.signal);
      if (!abort.signal.aborted) this.shown.value = { preview, problem: null, loading: false };
    } catch (error) {
      if (abort.signal.aborted || isAbort(error)) return;
      this.asked = '';
      this.shown.value = { preview: null, problem: problemOf(error), loading: false };
    }
  }

  stop(): void {
    this.abort?.abort();
  }
}
