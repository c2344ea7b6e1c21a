// How fast a page is: its frames, its main thread, and how soon something is there.

/** Traces the page's main thread until the returned function is called: {cpuMs, longestTaskCpuMs}. */
export async function traceMainThread(page) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['toplevel'] });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString('utf8'));
    const renderers = new Set(
      traceEvents
        .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid} ${tid}`),
    );
    const byThread = new Map();
    for (const { ph, name, pid, tid, tdur } of traceEvents) {
      if (ph !== 'X' || !/RunTask$/.test(name) || !renderers.has(`${pid} ${tid}`)) continue;
      const key = `${pid} ${tid}`;
      byThread.set(key, [...(byThread.get(key) ?? []), (tdur ?? 0) / 1_000]);
    }
    // Chromium keeps a renderer in reserve: the page's is the one that worked.
    const sum = (all) => all.reduce((total, ms) => total + ms, 0);
    const [tasks = []] = [...byThread.values()].sort((a, b) => sum(b) - sum(a));
    return { cpuMs: Math.round(sum(tasks)), longestTaskCpuMs: Math.round(Math.max(0, ...tasks)) };
  };
}

/** Counts frames and long tasks of the page until frames() is asked for. */
export const watchFrames = (page) =>
  page.evaluate(() => {
    const watched = { deltas: [], longTasks: [], going: true };
    window.watched = watched;
    watched.observer = new PerformanceObserver((list) =>
      watched.longTasks.push(...list.getEntries().map(({ duration }) => duration)),
    );
    watched.observer.observe({ type: 'longtask' });
    let last;
    const frame = (now) => {
      if (last !== undefined) watched.deltas.push(now - last);
      last = now;
      if (watched.going) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

export async function frames(page) {
  const { deltas, longTasks } = await page.evaluate(() => {
    window.watched.going = false;
    window.watched.observer.disconnect();
    return { deltas: window.watched.deltas, longTasks: window.watched.longTasks };
  });
  const sorted = [...deltas].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] * 10) / 10;
  return {
    frames: sorted.length,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    longestMs: at(1),
    over50: sorted.filter((delta) => delta > 50).length,
    longTasks: longTasks.length,
  };
}

/** Milliseconds from the start of the navigation until `ready`, a function in the page, is true. */
export async function opened(page, url, ready) {
  await page.goto(url, { waitUntil: 'commit' });
  const handle = await page.waitForFunction(ready, undefined, { polling: 'raf' });
  const ms = Math.round(await page.evaluate(() => performance.now()));
  await handle.dispose();
  return ms;
}
