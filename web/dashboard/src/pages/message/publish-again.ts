// A message as the publish that would make it again, and as code to copy. The token is never in it.

import type { HeaderLine, MessageDetail } from '../../api/contract';
import { publishCode, type CodeLanguage } from '../../code/publish-code';
import type { PublishBody, PublishRequest } from '../../code/publish-request';
import { shownBytes, textOf, toBase64 } from '../../payload/bytes';
import { redactedHash } from '../../payload/redaction';

/** Longer bodies come from a file: code is to be read, and a shell's word ends at 128 KiB. */
export const inlineTextMax = 16 * 1024;
export const inlineBytesMax = 4 * 1024;

const isHidden = ({ value }: HeaderLine): boolean => redactedHash(value) !== null;

function hiddenNames({ headers }: MessageDetail): string[] {
  return [...new Set(headers.filter(isHidden).map(({ name }) => name))];
}

function bodyOf({ id, body }: MessageDetail): PublishBody | null {
  if (body.redacted || body.bytes === 0) return null;
  const file = { file: `${id}.bin` };
  const bytes = shownBytes(body);
  if (bytes.length < body.bytes) return file;
  const text = textOf(bytes);
  if (text !== null) return bytes.length <= inlineTextMax ? { text } : file;
  return bytes.length <= inlineBytesMax ? { base64: toBase64(bytes) } : file;
}

/** What would be published now, as far as it is known: hidden values are left out, past times too. */
export function publishAgain(message: MessageDetail, now: number): PublishRequest {
  const { flowControl, timeoutSeconds } = message;
  const body = bodyOf(message);
  const hidden = hiddenNames(message);
  const notBefore = message.notBefore === null ? null : Math.ceil(Date.parse(message.notBefore) / 1000);
  return {
    destination: message.url,
    method: message.method,
    headers: message.headers.filter((line) => !isHidden(line)),
    ...(body === null ? {} : { body }),
    ...(message.queue === null ? {} : { queue: message.queue }),
    ...(notBefore !== null && notBefore * 1000 > now ? { notBefore } : {}),
    retries: message.retriesMax,
    ...(message.retryDelay === null ? {} : { retryDelay: message.retryDelay }),
    ...(timeoutSeconds === null ? {} : { timeout: `${Math.ceil(timeoutSeconds)}s` }),
    ...(message.callback === null ? {} : { callback: message.callback }),
    ...(message.failureCallback === null ? {} : { failureCallback: message.failureCallback }),
    ...(message.labels.length === 0 ? {} : { labels: message.labels }),
    ...(flowControl === null
      ? {}
      : {
          flowControl: {
            key: flowControl.key,
            ...(flowControl.rate === null ? {} : { rate: flowControl.rate, period: `${flowControl.periodSeconds}s` }),
            ...(flowControl.parallelism === null ? {} : { parallelism: flowControl.parallelism }),
          },
        }),
    ...(hidden.length > 0 || message.body.redacted ? { redact: { body: message.body.redacted, headers: hidden } } : {}),
  };
}

/** What the code cannot do by itself, one line each. English, as code is. */
function cautions(message: MessageDetail, request: PublishRequest, origin: string): string[] {
  const hidden = hiddenNames(message);
  const file = request.body && 'file' in request.body ? request.body.file : null;
  return [
    ...(hidden.length > 0 ? [`Hidden values are left out, add them yourself: ${hidden.join(', ')}`] : []),
    ...(message.body.redacted ? ['The body is hidden, add it yourself.'] : []),
    ...(file === null ? [] : ['First put the body into a file:', `curl -fsS -o ${file} -H "Authorization: Bearer $QSTASH_TOKEN" '${origin}/admin/v1/messages/${encodeURIComponent(message.id)}/body'`]),
  ];
}

export function codeOf(language: CodeLanguage, message: MessageDetail, origin: string, now: number): string {
  const request = publishAgain(message, now);
  const sign = language === 'javascript' ? '//' : '#';
  return [...cautions(message, request, origin).map((line) => `${sign} ${line}`), publishCode(language, request, origin), ''].join('\n');
}
