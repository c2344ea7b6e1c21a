// Debian's Chromium, with everything that a good page never does counted as a problem.
import { existsSync } from 'node:fs';

const file = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const hasBrowser = existsSync(file);

/** One browser, started when the first page is asked for. `chromium` is playwright-core's. */
export class Browser {
  #chromium;
  #launched;

  constructor(chromium) {
    this.#chromium = chromium;
  }

  /**
   * A page in a context of its own. `page.problems` gathers errors of the console, exceptions,
   * dialogs, and requests to another origin than `origin()`.
   */
  async page(origin, options = {}) {
    this.#launched ??= this.#chromium.launch({
      executablePath: file,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    const browser = await this.#launched;
    const context = await browser.newContext({
      locale: 'ru-RU',
      viewport: { width: 1440, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    page.problems = [];
    page.on('console', (message) => {
      if (message.type() === 'error') page.problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      page.problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const { origin: asked, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && asked !== origin()) {
        page.problems.push(`a request to ${asked}`);
      }
    });
    page.setDefaultTimeout(15_000);
    return page;
  }

  async close() {
    await (await this.#launched)?.close();
  }
}
