import { Metrics } from '#runtime';
import { FaultyFiles, JournalBench, message, StillClock, systemError } from './journal.fixture.js';
import type { Journal } from './journal.js';

const MIB = 1024 * 1024;

/** A clock whose timers run when the test says so. */
class HandClock extends StillClock {
  readonly timers: (() => void)[] = [];
  readonly slept: number[] = [];

  override every(_ms?: number, run: () => void = () => {}): () => void {
    this.timers.push(run);
    return () => {};
  }

  override async sleep(ms?: number): Promise<void> {
    this.slept.push(ms ?? 0);
    this.nowMs += ms ?? 0;
  }

  async second(): Promise<void> {
    for (const run of this.timers) run();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('room for the journal', () => {
  let bench: JournalBench;
  let files: FaultyFiles;
  let metrics: Metrics;
  let clock: HandClock;

  beforeEach(async () => {
    bench = await JournalBench.make();
    files = new FaultyFiles();
    metrics = new Metrics();
    clock = new HandClock();
  });
  afterEach(() => bench.tearDown());

  it('asks for telemetry to be shed at 90 % of maxBytes, and still takes events', async () => {
    const journal = await bench.open({ files, segmentBytes: 1_000, maxBytes: 10_000, metrics, clock });
    while (journal.usage.bytes <= 9_000) {
      expect([journal.usage.bytes, journal.pressure]).toEqual([journal.usage.bytes, null]);
      await journal.append([message('m')]);
    }
    expect(journal.pressure).toBe('nearly-full');
    expect(journal.trouble).toMatch(/^the journal holds 9\d\d\d of at most 10000 bytes/);
    await journal.append([message('event')]);
    await clock.second();
    expect(await metrics.registry.metrics()).toContain('liftwarden_journal_pressure{reason="nearly-full"} 1');
    await journal.release(journal.durableLsn);
    expect([journal.pressure, journal.trouble]).toEqual([null, null]);
  });

  it.each([
    ['a large disk', { freeBytes: 255 * MIB, totalBytes: 100_000 * MIB }, 'disk-nearly-full'],
    ['a large disk with room', { freeBytes: 257 * MIB, totalBytes: 100_000 * MIB }, null],
    ['a small disk', { freeBytes: 4 * MIB, totalBytes: 100 * MIB }, 'disk-nearly-full'],
    ['a small disk with room', { freeBytes: 6 * MIB, totalBytes: 100 * MIB }, null],
    ['a disk that does not tell', null, null],
  ] as const)('keeps a reserve of %s', async (_name, room, pressure) => {
    files.says = room;
    const journal = await bench.open({ files, metrics, clock });
    expect(journal.pressure).toBe(pressure);
    expect(journal.usage.diskFreeBytes).toBe(room?.freeBytes ?? null);
    files.says = { freeBytes: 50_000 * MIB, totalBytes: 100_000 * MIB };
    await clock.second();
    expect(journal.pressure).toBeNull();
  });

  const full = { freeBytes: 0, totalBytes: 100_000 * MIB };
  const roomy = { freeBytes: 50_000 * MIB, totalBytes: 100_000 * MIB };
  const meetFullDisk = async (journal: Journal) => {
    files.before = (step) => {
      if (step === 'write') throw systemError('ENOSPC');
    };
    await expect(journal.append([message('x')])).rejects.toMatchObject({ reason: 'no-space' });
    expect([journal.pressure, journal.failure]).toEqual(['no-space', null]);
    expect(journal.trouble).toMatch(/is full/);
    files.before = () => {};
  };

  it('met full, is asked again as soon as an event fits', async () => {
    const journal = await bench.open({ files, metrics, clock });
    files.says = full;
    await meetFullDisk(journal);
    await clock.second();
    expect(journal.pressure).toBe('no-space');
    files.says = roomy;
    expect(await journal.append([message('event')])).toBe(1);
    await clock.second();
    expect(journal.pressure).toBeNull();
  });

  it.each([roomy, null])('met full, is tried again when it says %j, though no event comes', async (room) => {
    const journal = await bench.open({ files, metrics, clock });
    await meetFullDisk(journal);
    files.says = room;
    await clock.second();
    expect(journal.pressure).toBeNull();
    expect(await journal.append([message('m')])).toBe(1);
  });

  it('lets groups begin 5 ms apart, the first and a large one at once', async () => {
    const journal = await bench.open({ files, metrics, clock });
    await journal.append([message('m1')]);
    expect(clock.slept).toEqual([]);
    await journal.append([message('m2')]);
    clock.nowMs += 2;
    await journal.append([message('m3')]);
    expect(clock.slept).toEqual([5, 3]);
    await journal.append([message('x'.repeat(300_000))]);
    clock.nowMs += 5;
    await journal.append([message('m5')]);
    expect(clock.slept).toEqual([5, 3]);
  });

  it('its fence holds back what was written out while an append was refused', async () => {
    const journal = await bench.open({ files, metrics, clock });
    const before = journal.fence();
    await meetFullDisk(journal);
    const after = journal.fence();
    void journal.append([message('m')]);
    await after();
    expect(journal.durableLsn).toBe(1);
    await expect(before()).rejects.toThrow('refused meanwhile');
  });
});
