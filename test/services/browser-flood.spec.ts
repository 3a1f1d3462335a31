import { join } from 'node:path';
import type { Browser, CDPSession } from 'playwright-core';
import { AlarmLives, type Changes } from '../harness/alarm-lives.js';
import { PlatformProcess, runBuilt } from '../harness/platform-process.js';
import { SLOWNESS } from '../harness/slowness.js';
import { buildPage, openBrowser, Window } from './browser-rig.js';

/** What the page is made for. */
const OPEN = 5_000;
const CHANGES_PER_S = 50;
const SECONDS = Number(process.env.FLOOD_SECONDS ?? 8);
/** A task that blocks the page longer is felt; milliseconds. */
const TASK_MAX_MS = 200 * SLOWNESS;
/** Changes that must have been on the stream, of those that fell due: the last ones are still under way. */
const HEARD_MIN_SHARE = 0.95 / SLOWNESS;
const MINUTE_S = 60;
/** What a page of closed alarms may hold beside the open ones; MB. For runs too short to be called flat. */
const GROWTH_MAX_MB = 12;
/** Flat: the heap after the last minute beside that after the second, when all that is kept is there. */
const FLAT_MAX = 1.1;

/** Runs in the page: the length of every task of more than 50 ms. */
const WATCH_TASKS = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(Math.round(duration));
  }).observe({ entryTypes: ['longtask'] });
`;

let platform: PlatformProcess;
let browser: Browser;

/** Live heap after a collection, MB. */
async function heapMb(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return Math.round((usedSize / 1_048_576) * 10) / 10;
}

beforeAll(async () => {
  [platform] = await Promise.all([PlatformProcess.create(), buildPage()]);
  const seeded = await runBuilt([
    'test/harness/seed-command.js',
    join(platform.dataDir, 'records'),
    String(OPEN),
  ]);
  if (seeded.code !== 0) throw new Error(`the alarms were not written: ${seeded.stderr}`);
  [browser] = await Promise.all([openBrowser(['--js-flags=--expose-gc']), platform.start()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await platform?.dispose();
});

describe(`${OPEN} open alarms and ${CHANGES_PER_S} changes a second`, () => {
  it(
    `block the page never longer than ${TASK_MAX_MS} ms and leave its memory as it was`,
    async () => {
      const window = await Window.open(browser, platform.url);
      await window.signIn(platform.adminKey);
      await window.sees(`显示 ${OPEN} / ${OPEN} 条`, 20_000);
      const session = await window.context.newCDPSession(window.page);
      await window.page.evaluate(WATCH_TASKS);
      const lives = await AlarmLives.begin(platform);
      await lives.run(2, CHANGES_PER_S);
      const heapsMb = [await heapMb(session)];
      await window.page.evaluate('longTasks.length = 0');
      const runs: Changes[] = [];
      const tasks: number[] = [];
      for (let left = SECONDS; left > 0; left -= MINUTE_S) {
        runs.push(await lives.run(Math.min(left, MINUTE_S), CHANGES_PER_S));
        // Before the collection, which is a long task of our own making.
        tasks.push(...(await window.page.evaluate<number[]>('longTasks')));
        heapsMb.push(await heapMb(session));
        await window.page.evaluate('longTasks.length = 0');
      }
      await lives.end();
      await window.picture('flood');
      const due = SECONDS * CHANGES_PER_S;
      const heard = runs.reduce((sum, run) => sum + run.heard, 0);
      const skipped = runs.reduce((sum, run) => sum + run.skipped, 0);
      const [longTasks, longestMs] = [tasks.length, Math.max(0, ...tasks)];
      console.log(
        JSON.stringify({ open: OPEN, seconds: SECONDS, due, heard, skipped, longTasks, longestMs, heapsMb }),
      );
      expect(heard).toBeGreaterThan(due * HEARD_MIN_SHARE);
      expect(longestMs).toBeLessThan(TASK_MAX_MS);
      const [first = 0, , second] = heapsMb;
      const last = heapsMb.at(-1) ?? Number.POSITIVE_INFINITY;
      if (heapsMb.length > 3 && second !== undefined) expect(last / second).toBeLessThan(FLAT_MAX);
      else expect(last - first).toBeLessThan(GROWTH_MAX_MB);
    },
    60_000 + SECONDS * 1_500,
  );
});
