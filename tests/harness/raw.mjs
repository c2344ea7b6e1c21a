// A TCP client that sends exactly the bytes it is given.
import { connect } from 'node:net';

import { within } from './conditions.mjs';

export class RawConnection {
  static async open(port, host = '127.0.0.1') {
    const connection = new RawConnection();
    connection.received = '';
    connection.closed = false;
    connection.socket = connect(port, host);
    connection.socket.setNoDelay(true);
    connection.socket.setEncoding('latin1').on('data', (text) => (connection.received += text));
    connection.end = new Promise((resolve) =>
      connection.socket.on('close', () => {
        connection.closed = true;
        resolve();
      }),
    );
    await new Promise((resolve, reject) => {
      connection.socket.once('connect', resolve).once('error', reject);
    });
    connection.socket.removeAllListeners('error').on('error', () => {});
    return connection;
  }

  send(text) {
    this.socket.write(text, 'latin1');
  }

  /** Waits for the server to close; everything it said. */
  async untilClosed(deadline = 10_000) {
    await within(deadline, `the server closes; it said: ${this.received}`, this.end);
    return this.received;
  }

  /** The statuses of the responses so far. */
  get statuses() {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  }

  close() {
    this.socket.destroy();
  }
}
