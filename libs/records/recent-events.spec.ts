import fc from 'fast-check';
import { Clock } from '#runtime';
import { LogFollower } from './log-follower.js';
import { RecentEvents } from './recent-events.js';
import type { LogEvent, Records } from './records.js';

class SteppedClock extends Clock {
  ms = 0;
  now = () => this.ms;
  monotonicMs = () => this.ms;
  sleep = async () => undefined;
  every = () => () => undefined;
}

/** The table: ids with gaps, as rolled-back transactions leave them. */
class Table {
  readonly rows: LogEvent[] = [];
  queries = 0;
  broken = false;

  append(count: number, step = 1): readonly LogEvent[] {
    for (let i = 0; i < count; i += 1) {
      const id = (this.rows.at(-1)?.id ?? 0) + step;
      this.rows.push({
        id,
        type: 'fault.raised',
        lift: null,
        district: null,
        firm: null,
        recordedAt: 0,
        data: {},
      });
    }
    return this.rows.slice(this.rows.length - count);
  }

  read = async (after: number, limit: number): Promise<readonly LogEvent[]> => {
    this.queries += 1;
    await Promise.resolve();
    if (this.broken) throw new Error('the database is stopped');
    return this.rows.filter(({ id }) => id > after).slice(0, limit);
  };
}

function rig() {
  const clock = new SteppedClock();
  const table = new Table();
  return { clock, table, recent: new RecentEvents(table.read, clock) };
}

const ids = (events: readonly LogEvent[]) => events.map(({ id }) => id);

describe('the end of the event log', () => {
  test('is read once for all who are woken by one commit', async () => {
    const { table, recent } = rig();
    table.append(3);
    const readers = await Promise.all([0, 0, 1, 3].map((after) => recent.read(after, 500)));
    expect(readers.map(ids)).toEqual([[1, 2, 3], [1, 2, 3], [2, 3], []]);
    expect(ids(await recent.read(3, 500))).toEqual([]);
    table.append(2);
    recent.stale();
    table.queries = 0;
    const again = await Promise.all([3, 3, 3, 3].map((after) => recent.read(after, 500)));
    expect(again.map(ids)).toEqual([
      [4, 5],
      [4, 5],
      [4, 5],
      [4, 5],
    ]);
    expect(table.queries).toBe(1);
  });

  test('is asked again by a reader that nothing woke, after a quarter of a second', async () => {
    const { clock, table, recent } = rig();
    await recent.read(0, 500);
    table.append(1);
    clock.ms = 200;
    expect(ids(await recent.read(0, 500))).toEqual([]);
    clock.ms = 300;
    expect(ids(await recent.read(0, 500))).toEqual([1]);
    table.broken = true;
    clock.ms = 600;
    await expect(recent.read(1, 500)).rejects.toThrow('the database is stopped');
  });

  test('a wake-up during a read is answered by another', async () => {
    const { table, recent } = rig();
    const early = recent.read(0, 500);
    table.append(1);
    recent.stale();
    expect(ids(await recent.read(0, 500))).toEqual([1]);
    await early;
  });

  test('is not asked for what this process has just committed itself', async () => {
    const { table, recent } = rig();
    await recent.read(0, 500);
    table.queries = 0;
    recent.extend(table.append(2));
    recent.extend(table.append(1));
    const found = await Promise.all([0, 0, 2, 3].map((after) => recent.read(after, 500)));
    expect(found.map(ids)).toEqual([[1, 2, 3], [1, 2, 3], [3], []]);
    expect(table.queries).toBe(0);
  });

  test('is asked when a commit came of which nobody said what it wrote, or said so too late', async () => {
    const { table, recent } = rig();
    await recent.read(0, 500);
    table.append(1);
    recent.stale();
    recent.extend(table.append(1));
    expect(ids(await recent.read(0, 500))).toEqual([1, 2]);
    const [third, fourth] = [table.append(1), table.append(1)];
    recent.extend(third);
    recent.extend(fourth);
    recent.extend(third);
    expect(ids(await recent.read(0, 500))).toEqual([1, 2, 3, 4]);
  });

  test('answers as the table would, whoever reads from where and however much is let go', async () => {
    const steps = fc.array(
      fc.record({
        append: fc.integer({ min: 0, max: 1_200 }),
        gap: fc.integer({ min: 1, max: 3 }),
        told: fc.boolean(),
        reads: fc.array(
          fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), limit: fc.nat(499) }),
          {
            maxLength: 5,
          },
        ),
      }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const { table, recent } = rig();
        for (const { append, gap, told, reads } of story) {
          const appended = table.append(append, gap);
          if (told) recent.extend(appended);
          else recent.stale();
          const head = table.rows.at(-1)?.id ?? 0;
          const asked = reads.map(({ share, limit }) => [Math.floor(head * share), limit + 1] as const);
          const found = await Promise.all(asked.map(([after, limit]) => recent.read(after, limit)));
          for (const [place, [after, limit]] of asked.entries()) {
            expect(ids(found[place] ?? [])).toEqual(ids(await table.read(after, limit)));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('following the log', () => {
  function follower(readOn: () => Promise<void>) {
    let wake: () => void = () => undefined;
    const records = {
      onEvents: (listener: () => void) => {
        wake = listener;
        return () => undefined;
      },
    } as unknown as Records;
    const failures: unknown[] = [];
    const made = new LogFollower({
      records,
      clock: new SteppedClock(),
      readOn,
      failed: (error) => failures.push(error),
    });
    return { made, failures, wake: () => wake() };
  }

  test('reads once more when it is woken during a read, and never twice at a time', async () => {
    let reads = 0;
    let atOnce = 0;
    const { made, wake } = follower(async () => {
      reads += 1;
      atOnce += 1;
      expect(atOnce).toBe(1);
      if (reads === 1) for (let i = 0; i < 5; i += 1) wake();
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
    });
    made.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await made.stop();
    expect(reads).toBe(2);
  });

  test('tries again what failed, and tells of each failure', async () => {
    let reads = 0;
    const { made, failures } = follower(async () => {
      reads += 1;
      if (reads < 4) throw new Error(`read ${reads}`);
    });
    made.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await made.stop();
    expect(failures.map(String)).toEqual(['Error: read 1', 'Error: read 2', 'Error: read 3']);
    expect(reads).toBe(4);
  });
});
