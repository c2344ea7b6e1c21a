import type { Body, MessageDetail } from '../../api/contract';

export function textBody(text: string): Body {
  const bytes = new TextEncoder().encode(text).length;
  return { bytes, kept: bytes, redacted: false, contentType: null, text, base64: null };
}

export function binaryBody(bytes: Uint8Array): Body {
  return { bytes: bytes.length, kept: bytes.length, redacted: false, contentType: null, text: null, base64: Buffer.from(bytes).toString('base64') };
}

/** A message for tests: failed, with nothing about it but what a test says. */
export function detail(change: Partial<MessageDetail> = {}): MessageDetail {
  return {
    id: 'msg_1',
    state: 'failed',
    url: 'https://example.com/hook?a=1&b=two',
    method: 'POST',
    createdAt: '2026-11-24T10:00:00.000Z',
    updatedAt: '2026-11-24T10:00:05.000Z',
    nextAt: null,
    attempts: 1,
    retriesMax: 3,
    status: 500,
    error: null,
    durationMs: 1,
    labels: [],
    queue: null,
    flowControlKey: null,
    schedule: null,
    urlGroup: null,
    bodyBytes: 0,
    waiting: null,
    headers: [],
    body: textBody(''),
    callerIp: null,
    notBefore: null,
    timeoutSeconds: null,
    retryDelay: null,
    flowControl: null,
    callback: null,
    failureCallback: null,
    events: [],
    attemptList: [],
    plan: [],
    relations: {
      schedule: null,
      queue: null,
      urlGroup: null,
      endpoint: null,
      flowControlKey: null,
      callbackOf: null,
      callbacks: [],
      deadLetter: null,
      replayOf: null,
      deduplication: null,
      replayedAs: [],
      changes: [],
    },
    degraded: false,
    ...change,
  };
}
