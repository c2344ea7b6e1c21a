// What a prompt asks the stand-in to do: `#503`, `#429:26s`, `#slow:2s`, `#503:9`... Each happens once
// for a prompt, or as often as a last number says.

const names =
  '429day|429quota|429|500|503|504|slow|drop|safety|block|noimage|textonly|two|badjson|html502|' +
  'hugeimage|wrongmime|thought|refusal|length';
const pattern = new RegExp(`#(${names})(?::(\\d+(?:\\.\\d+)?)s)?(?::(\\d+))?(?![\\w])`, 'g');

/** Milliseconds of `26s`, as a number of seconds in text. */
const milliseconds = (seconds) => Math.round(Number(seconds) * 1000);

/** Remembers how often each prompt was asked for, and says what is to be done this time. */
export class Script {
  #done = new Map();

  /** {name: {ms}} of the tokens that still count for this text; they are used up by this. */
  take(text) {
    const wanted = {};
    for (const [token, name, seconds, count] of text.matchAll(pattern)) {
      const key = `${token} ${text}`;
      const done = this.#done.get(key) ?? 0;
      if (done >= Number(count ?? 1)) continue;
      this.#done.set(key, done + 1);
      wanted[name] = { ms: seconds === undefined ? undefined : milliseconds(seconds) };
    }
    return wanted;
  }
}

/** At most `limit` calls in any minute; `limit` 0: no bound. */
export class MinuteLimit {
  #starts = [];

  constructor(limit) {
    this.limit = limit;
  }

  /** 0 when the call may go on, else the milliseconds until the next one may. */
  take(now) {
    if (!this.limit) return 0;
    this.#starts = this.#starts.filter((start) => now - start < 60_000);
    if (this.#starts.length >= this.limit) return 60_000 - (now - this.#starts[0]);
    this.#starts.push(now);
    return 0;
  }
}
