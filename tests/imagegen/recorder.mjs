// Stands between the application and the broker and writes down what passes: so a test sees what
// leaves the application, and can cut the wire.
import { createServer, request as forward } from 'node:http';

export class Recorder {
  /**
   * Passes everything on to `target()`: {port}. With `hosted` only what QStash's public interface has:
   * everything else is not there, as at the hosted service.
   */
  static async start(target, { hosted = false } = {}) {
    const recorder = new Recorder();
    recorder.requests = [];
    recorder.refused = [];
    recorder.cut = false;
    recorder.server = createServer((request, response) => {
      if (recorder.cut) return request.socket.destroy();
      if (hosted && !/^\/v2\//.test(request.url)) {
        recorder.refused.push(request.url);
        request.resume();
        response.writeHead(404, { 'Content-Type': 'application/json' });
        return response.end('{"error":"not found"}');
      }
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', () => recorder.#pass(target(), request, Buffer.concat(pieces), response));
    });
    await new Promise((ready) => recorder.server.listen(0, '127.0.0.1', ready));
    recorder.url = `http://127.0.0.1:${recorder.server.address().port}`;
    return recorder;
  }

  #pass(target, request, body, response) {
    const entry = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      body: body.toString('utf8'),
    };
    this.requests.push(entry);
    const onward = forward(
      {
        host: '127.0.0.1',
        port: target.port,
        method: request.method,
        path: request.url,
        headers: { ...request.headers, host: `127.0.0.1:${target.port}` },
      },
      (answer) => {
        entry.status = answer.statusCode;
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.socket?.destroy());
    onward.end(body);
  }

  /** Every message that was published, by batch or one by one: {destination, headers, body}. */
  published() {
    return this.requests.flatMap(({ method, path, headers, body }) => {
      if (method !== 'POST') return [];
      if (path.startsWith('/v2/batch')) {
        return JSON.parse(body).map((item) => ({
          destination: item.destination,
          body: item.body,
          headers: Object.fromEntries(
            Object.entries(item.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
          ),
        }));
      }
      const match = /^\/v2\/publish\/(.*)$/.exec(path);
      return match ? [{ destination: decodeURIComponent(match[1]), headers, body }] : [];
    });
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((closed) => this.server.close(closed));
  }
}
