import { join } from 'node:path';
import type { Journal } from '#journal';
import { Metrics } from '#runtime';
import { FaultyFiles, JournalBench, systemError } from '../journal/journal.fixture.js';
import { batchOf, entryOf, inbound, ManualClock, reading, T0 } from './ingest.fixture.js';
import { LiftStates } from './lift-states.js';
import { SeenIdentities } from './seen-identities.js';
import { LiftSnapshots } from './snapshot-file.js';

const steady = new AbortController().signal;

/** A journal, what is made of it, and the snapshots of that. */
class Desk {
  readonly states = new LiftStates();
  readonly seen = new SeenIdentities();
  readonly snapshots: LiftSnapshots;

  private constructor(
    readonly files: FaultyFiles,
    readonly clock: ManualClock,
    readonly journal: Journal,
    folder: string,
  ) {
    const { states, seen } = this;
    const monotonicMs = () => clock.monotonicMs();
    this.snapshots = new LiftSnapshots({ journal, states, seen, monotonicMs, folder });
  }

  static async set(bench: JournalBench): Promise<Desk> {
    const files = new FaultyFiles();
    const clock = new ManualClock(T0, true);
    const folder = join(bench.folder, 'journal');
    const options = { folder, files, clock, metrics: new Metrics(), segmentBytes: 50_000, maxBytes: 1 << 26 };
    return new Desk(files, clock, await bench.open(options), bench.folder);
  }

  /** One reading of each of `lifts` terminals, journalled and stepped. */
  async hear(lifts: number, seq: number): Promise<void> {
    const entries = Array.from({ length: lifts }, (_, n) => {
      const message = inbound(`T${n}`, 'telemetry', reading({ seq }));
      this.seen.judge(`T${n}`, { boot: 'b1', seq, id: null, at: T0, stored: false }, seq);
      return entryOf(message);
    });
    const first = await this.journal.append(entries);
    this.states.advance(batchOf(first, ...entries));
  }

  memory(): string {
    return [this.states, this.seen]
      .flatMap((of) => Array.from(of.blocks(), (block) => block.toString('latin1')))
      .join();
  }
}

describe('snapshots of the lift states', () => {
  let bench: JournalBench;
  let desk: Desk;

  beforeEach(async () => {
    bench = await JournalBench.make();
    desk = await Desk.set(bench);
  });
  afterEach(() => bench.tearDown());

  it('give back states and identities as they were', async () => {
    await desk.hear(300, 1);
    await desk.snapshots.write(300, steady);
    const next = await Desk.set(bench);
    expect(await next.snapshots.restore()).toMatchObject({ lsn: 300, rejected: [] });
    expect(next.memory()).toBe(desk.memory());
  });

  it('hold the states of one entry, though more is stepped while they are written', async () => {
    await desk.hear(300, 1);
    const lifts = Array.from(desk.states.blocks(), (block) => block.toString()).join();
    const writing = desk.snapshots.write(300, steady);
    await desk.hear(300, 2);
    await writing;
    const next = await Desk.set(bench);
    await next.snapshots.restore();
    expect(Array.from(next.states.blocks(), (block) => block.toString()).join()).toBe(lifts);
    // Identities may be ahead: each of them is durable, and the replay judges them again.
    expect(next.journal.durableLsn).toBe(600);
  });

  it('are not used when an identity in them may not be durable', async () => {
    await desk.hear(2, 1);
    desk.files.before = (step, path) => {
      if (step === 'write' && path.endsWith('.journal')) throw systemError('ENOSPC');
    };
    desk.seen.judge('T1', { boot: 'b1', seq: 99, id: null, at: T0, stored: false }, 1);
    const append = desk.journal.append([entryOf(inbound('T1', 'telemetry', reading({ seq: 99 })))]);
    await expect(
      Promise.all([desk.snapshots.write(2, steady), expect(append).rejects.toThrow()]),
    ).rejects.toThrow();
    desk.files.before = () => {};
    expect(desk.snapshots.newestLsn).toBeNull();
    await desk.snapshots.write(2, steady);
    expect(desk.snapshots.newestLsn).toBe(2);
  });

  it('leave both memories empty when neither file can be used', async () => {
    await desk.hear(2, 1);
    const next = await Desk.set(bench);
    expect(await next.snapshots.restore()).toEqual({ lsn: 0, bytes: 0, rejected: [] });
    expect(next.memory()).toBe('');
  });

  it('are due when there is something new, and a large one not before the journal has grown as much', async () => {
    const { snapshots, journal, clock } = desk;
    await desk.hear(10, 1);
    expect(snapshots.isDue(10)).toBe(true);
    await snapshots.write(10, steady);
    // The other file has not got it.
    expect(snapshots.isDue(10)).toBe(true);
    await snapshots.write(10, steady);
    expect([snapshots.isDue(10), snapshots.isDue(11)]).toEqual([false, true]);
    for (let terminal = 0; terminal < 2_000; terminal++) {
      for (let seq = 0; seq < 1_024; seq++) {
        desk.seen.judge(`B${terminal}`, { boot: 'b1', seq, id: null, at: T0, stored: false }, seq);
      }
    }
    await snapshots.write(11, steady);
    await snapshots.write(11, steady);
    expect(snapshots.isDue(12)).toBe(false);
    clock.advance(300_000);
    expect(snapshots.isDue(12)).toBe(true);
    await snapshots.write(12, steady);
    expect(snapshots.isDue(13)).toBe(false);
    for (let n = 0; n < 6; n++) {
      const payload = Buffer.alloc(2_000_000);
      await journal.append([{ ...entryOf(inbound('T1', 'event', 'x')), payload }]);
    }
    expect(snapshots.isDue(13)).toBe(true);
  }, 20_000);
});
