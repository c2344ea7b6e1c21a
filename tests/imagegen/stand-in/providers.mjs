// A stand-in for Google's and OpenAI's APIs, for tests: it checks requests as strictly as they do,
// answers real pictures, counts what would be billed, and fails as the prompt asks (script.mjs).
//
//   node providers.mjs [--port N] [--rpm N] [--ipm N] [--latency MS]     for trying things by hand
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { answerGemini } from './gemini.mjs';
import { answerOpenai } from './openai.mjs';
import { MinuteLimit, Script } from './script.mjs';

const bodySizeMax = 64 << 20;

/**
 * Resolves to {url, geminiUrl, openaiUrl, calls(), textCalls(), close()}. A call is {api, prompt,
 * model, at (ms since 1970, its arrival), status, sentAt}: `sentAt` once its whole answer was handed to
 * the system.
 */
export function startProviders({
  geminiKey = 'gemini-key',
  openaiKey = 'openai-key',
  rpm = 0,
  ipm = 0,
  latencyMs = 0,
  imagen = false,
  responses = true,
  port = 0,
} = {}) {
  const calls = [];
  const record = (call) => {
    calls.push(call);
    return call;
  };
  const script = new Script();
  const gemini = { key: geminiKey, script, record, imagen, limit: new MinuteLimit(ipm) };
  const openai = { key: openaiKey, script, record, responses, limit: new MinuteLimit(rpm) };
  const timers = new Set();
  const later = (ms, work) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  function send(response, { status, json, text, type, headers, wanted = {}, call }) {
    const body = Buffer.from(text ?? JSON.stringify(json));
    if (call) call.status = status;
    response.writeHead(status, {
      'Content-Type': type ?? 'application/json; charset=UTF-8',
      'Content-Length': body.length,
      ...headers,
    });
    if (wanted.drop) {
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
      return;
    }
    response.end(body, () => {
      if (call) call.sentAt = Date.now();
    });
  }

  const server = createServer((request, response) => {
    const at = Date.now();
    const pieces = [];
    let size = 0;
    request.on('data', (piece) => {
      size += piece.length;
      if (size > bodySizeMax) request.destroy();
      else pieces.push(piece);
    });
    request.on('end', () => {
      const parts = {
        method: request.method,
        path: request.url,
        headers: request.headers,
        body: Buffer.concat(pieces).toString('utf8'),
        at,
      };
      const answer = request.url.startsWith('/v1beta/')
        ? answerGemini(gemini, parts)
        : answerOpenai(openai, parts);
      const wait = answer.wanted?.slow?.ms ?? (answer.call ? latencyMs : 0);
      if (wait) later(wait, () => send(response, answer));
      else send(response, answer);
    });
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${server.address().port}`;
      resolve({
        url,
        geminiUrl: url,
        openaiUrl: `${url}/v1`,
        calls: () => calls.filter(({ api }) => api !== 'openai-text'),
        textCalls: () => calls.filter(({ api }) => api === 'openai-text'),
        close: () => {
          for (const timer of timers) clearTimeout(timer);
          server.closeAllConnections();
          return new Promise((closed) => server.close(closed));
        },
      });
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8090' },
      rpm: { type: 'string', default: '0' },
      ipm: { type: 'string', default: '0' },
      latency: { type: 'string', default: '0' },
    },
  });
  const { geminiUrl, openaiUrl } = await startProviders({
    port: Number(values.port),
    rpm: Number(values.rpm),
    ipm: Number(values.ipm),
    latencyMs: Number(values.latency),
  });
  console.log(
    `GEMINI_BASE_URL=${geminiUrl} GEMINI_API_KEY=gemini-key OPENAI_BASE_URL=${openaiUrl} OPENAI_API_KEY=openai-key`,
  );
}
