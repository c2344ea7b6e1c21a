// A real HTTP(S) server that deliveries go to. It keeps what arrived and answers as it is told.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { until } from './conditions.mjs';

export class Destination {
  /**
   * `respond(arrival, request)` returns (or resolves to) {status, headers, body}; 200 by default.
   * An arrival is {at, method, path, headers, rawHeaders, body, text}, `at` in ms since the epoch;
   * answeringAt and answeredAt are the moments before and after its answer was written.
   * `tls` is {key, cert} for HTTPS.
   */
  static async start({ respond = () => ({ status: 200 }), tls, host = '127.0.0.1' } = {}) {
    const destination = new Destination();
    destination.respond = respond;
    destination.arrivals = [];
    const handle = (request, response) => destination.#receive(request, response);
    destination.server = tls ? createTlsServer(tls, handle) : createServer(handle);
    destination.server.keepAliveTimeout = 60_000;
    await new Promise((resolve, reject) => {
      destination.server.on('error', reject);
      destination.server.listen(0, host, resolve);
    });
    const { port } = destination.server.address();
    destination.port = port;
    destination.url = `${tls ? 'https' : 'http'}://${tls ? 'localhost' : host}:${port}`;
    return destination;
  }

  async #receive(request, response) {
    const at = Date.now();
    const chunks = [];
    request.on('error', () => {});
    response.on('error', () => {});
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const arrival = {
      at,
      method: request.method,
      path: request.url,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
      text: body.toString('utf8'),
      messageId: request.headers['upstash-message-id'],
    };
    this.arrivals.push(arrival);
    const answer = await this.respond(arrival, request);
    if (!answer) return; // The test leaves this one without an answer.
    arrival.answeringAt = Date.now();
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(answer.body ?? '');
    arrival.answeredAt = Date.now();
  }

  of(messageId) {
    return this.arrivals.filter((arrival) => arrival.messageId === messageId);
  }

  /** The first `count` arrivals of a message, once they are there. */
  async waitFor(messageId, { count = 1, deadline = 10_000 } = {}) {
    return until(
      `${count} arrival(s) of ${messageId}`,
      () => {
        const arrivals = this.of(messageId);
        return arrivals.length >= count && arrivals;
      },
      { deadline },
    );
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
