// Reads lists of a broker. As a program: in turn and at a rate, until SIGTERM; then it says how often.
//   GODWIT_TOKEN=... node list-client.mjs PORT TIMES_PER_SECOND PATH...     (0 times: without a pause)
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

import { pause } from '../tests/harness/conditions.mjs';

export class ListClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #port;
  #token;
  constructor({ port, token }) {
    this.#port = port;
    this.#token = token;
  }

  /** Reads a list to its last byte: {ms, bytes}. What it says is not looked at. */
  read(path) {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      const headers = { Authorization: `Bearer ${this.#token}` };
      const call = request({ host: '127.0.0.1', port: this.#port, path, agent: this.#agent, headers });
      call.on('error', reject);
      call.on('response', (response) => {
        let bytes = 0;
        response.on('error', reject);
        response.on('data', (chunk) => (bytes += chunk.length));
        response.on('end', () => {
          if (response.statusCode === 200) {
            resolve({ ms: performance.now() - start, bytes });
          } else {
            reject(new Error(`GET ${path}: ${response.statusCode}`));
          }
        });
      });
      call.end();
    });
  }

  close() {
    this.#agent.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, perSecond, ...paths] = process.argv.slice(2);
  const client = new ListClient({ port, token: process.env.GODWIT_TOKEN });
  await client.read(paths[0]);
  console.log('ready');
  const start = performance.now();
  let reads = 0;
  process.on('SIGTERM', () => {
    console.log(JSON.stringify({ perSecond: (reads * 1000) / (performance.now() - start) }));
    process.exit(0);
  });
  for (;;) {
    const wait = Number(perSecond) > 0 ? start + (reads * 1000) / Number(perSecond) - performance.now() : 0;
    if (wait > 0) await pause(wait);
    await client.read(paths[reads % paths.length]);
    ++reads;
  }
}
