// A route whose requests wait for the test: it sees who is in flight, and lets them go.
import { until } from './conditions.mjs';

export class Gate {
  constructor() {
    this.waiting = [];
    this.arrivals = [];
    this.peak = 0;
    this.isOpen = false;
  }

  /** A Destination's `respond`. */
  respond = (arrival) => {
    this.arrivals.push(arrival);
    if (this.isOpen) return { status: 200 };
    return new Promise((resolve) => {
      this.waiting.push({ arrival, resolve });
      this.peak = Math.max(this.peak, this.waiting.length);
    });
  };

  /** The arrivals in flight, oldest first, once there are `count`. */
  waitFor(count, options) {
    return until(
      `${count} request(s) in flight`,
      () => this.waiting.length >= count && this.waiting.map(({ arrival }) => arrival),
      options,
    );
  }

  /** Answers the oldest request in flight. */
  release(answer = { status: 200 }) {
    this.waiting.shift().resolve(answer);
  }

  /** Answers all, also those that come later. */
  open() {
    this.isOpen = true;
    while (this.waiting.length > 0) this.release();
  }
}
