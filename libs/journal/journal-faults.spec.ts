import fc from 'fast-check';
import { Metrics } from '#runtime';
import { FaultyFiles, JournalBench, message, payloads, readAll, systemError } from './journal.fixture.js';
import type { Journal } from './journal.js';
import { JournalFailedError, JournalFullError } from './journal-errors.js';

async function texts(journal: Journal): Promise<string[]> {
  return payloads({ entries: await readAll(journal.reader(0), journal.durableLsn), last: 0 });
}

describe('Journal when the disk says no', () => {
  let bench: JournalBench;
  let files: FaultyFiles;
  let metrics: Metrics;

  beforeEach(async () => {
    bench = await JournalBench.make();
    files = new FaultyFiles();
    metrics = new Metrics();
  });
  afterEach(() => bench.tearDown());

  it('refuses what exceeds maxBytes, consumes no LSN for it, and takes more after a release', async () => {
    const journal = await bench.open({ segmentBytes: 500, maxBytes: 2_000, metrics });
    let stored = 0;
    const refused: unknown[] = [];
    while (refused.length === 0) {
      await journal.append([message(`m${stored + 1}`)]).then(
        () => stored++,
        (error: unknown) => refused.push(error),
      );
    }
    expect(refused[0]).toMatchObject({ name: 'JournalFullError', reason: 'bytes' });
    expect(journal.usage.bytes).toBeLessThanOrEqual(2_000);
    await journal.release(journal.durableLsn + 1);
    expect(await journal.append([message('after')])).toBe(stored + 1);
    expect(await metrics.registry.metrics()).toContain(
      'liftwarden_journal_full_refusals_total{reason="bytes"} 1',
    );
  });

  it('takes the appends that fit beside one that does not', async () => {
    const journal = await bench.open({ segmentBytes: 500, maxBytes: 1_000 });
    const outcomes = await Promise.allSettled([
      journal.append([message('m1')]),
      journal.append([message('x'.repeat(2_000))]),
      journal.append([message('m2')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await texts(journal)).toEqual(['m1', 'm2']);
  });

  it('refuses what exceeds maxPendingBytes while the disk is slow', async () => {
    const journal = await bench.open({ maxPendingBytes: 1_000, metrics });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => journal.append([message('x'.repeat(100))])),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]).toMatchObject({ reason: { name: 'JournalFullError', reason: 'pending' } });
    expect(journal.durableLsn).toBe(20 - refused.length);
    await expect(journal.append([message('x')])).resolves.toBe(21 - refused.length);
  });

  it('refuses a record beyond recordMaxBytes and keeps the others of its group', async () => {
    const journal = await bench.open({ recordMaxBytes: 300 });
    const outcomes = await Promise.allSettled([
      journal.append([message('m1')]),
      journal.append([message('m2'), message('x'.repeat(300))]),
      journal.append([message('m3')]),
    ]);
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { name: 'RangeError' } });
    expect(outcomes[2]).toEqual({ status: 'fulfilled', value: 2 });
    expect(await texts(journal)).toEqual(['m1', 'm3']);
  });

  it('refuses with a group what was appended behind it, as it may repeat what was refused', async () => {
    const journal = await bench.open({ files });
    let behind: Promise<unknown> = Promise.resolve();
    files.before = (step) => {
      if (step !== 'write') return;
      files.before = () => {};
      behind = journal.append([message('m2')]).catch((error: unknown) => error);
      throw systemError('ENOSPC');
    };
    await expect(journal.append([message('m1')])).rejects.toMatchObject({ reason: 'no-space' });
    expect(await behind).toMatchObject({ reason: 'no-space' });
    expect(await journal.append([message('m3')])).toBe(1);
    expect(await texts(journal)).toEqual(['m3']);
  });

  it.each(['ENOSPC', 'EDQUOT'])(
    'cuts off a write that ended with %s, and goes on when space is back',
    async (code) => {
      const journal = await bench.open({ files, metrics });
      await journal.append([message('m1')]);
      const { bytes } = journal.usage;
      files.torn = 30;
      files.before = (step) => {
        if (step === 'write') throw systemError(code);
      };
      await expect(journal.append([message('m2')])).rejects.toMatchObject({ reason: 'no-space' });
      await expect(journal.sync()).resolves.toBeUndefined();
      expect(journal.usage.bytes).toBe(bytes);
      expect(files.counts.truncate).toBe(1);
      files.before = () => {};
      expect(await journal.append([message('m3')])).toBe(2);
      await journal.close();
      const again = bench.journal();
      expect(await again.open()).toMatchObject({ tornBytes: 0, corruptRecords: 0, nextLsn: 3 });
      expect(await texts(again)).toEqual(['m1', 'm3']);
    },
  );

  it.each(['create', 'write'] as const)(
    'goes on after ENOSPC at the %s of a new segment',
    async (failing) => {
      const journal = await bench.open({ files, segmentBytes: 100, maxBytes: 10_000 });
      await journal.append([message('m1')]);
      files.before = (step) => {
        if (step === failing) throw systemError('ENOSPC');
      };
      await expect(journal.append([message('m2')])).rejects.toBeInstanceOf(JournalFullError);
      files.before = () => {};
      expect(await journal.append([message('m3')])).toBe(2);
      expect(await texts(journal)).toEqual(['m1', 'm3']);
    },
  );

  const fatal = [
    ['datasync', 'EIO'],
    ['datasync', 'ENOSPC'],
    ['write', 'EIO'],
  ] as const;
  it.each(fatal)(
    'takes nothing more after a failed %s (%s), queued appends included',
    async (failing, code) => {
      const journal = await bench.open({ files, metrics });
      await journal.append([message('m1')]);
      let queued: Promise<unknown> = Promise.resolve();
      files.before = (step) => {
        if (step !== failing) return;
        queued = expect(journal.append([message('m3')])).rejects.toBeInstanceOf(JournalFailedError);
        files.before = () => {};
        throw systemError(code);
      };
      await expect(journal.append([message('m2')])).rejects.toThrow(new RegExp(`${code}.*restart`));
      await queued;
      await expect(journal.append([message('m4')])).rejects.toBeInstanceOf(JournalFailedError);
      await expect(journal.sync()).rejects.toBeInstanceOf(JournalFailedError);
      expect(journal.failure).toBeInstanceOf(JournalFailedError);
      expect(journal.durableLsn).toBe(1);
      expect(await texts(journal)).toEqual(['m1']);
      expect(await metrics.registry.metrics()).toContain('liftwarden_journal_failed 1');
      await journal.close();
    },
  );

  it('fails when the part of a write that met a full disk cannot be cut off', async () => {
    const journal = await bench.open({ files });
    files.before = (step) => {
      if (step === 'write') throw systemError('ENOSPC');
      if (step === 'truncate') throw systemError('EIO');
    };
    await expect(journal.append([message('m1')])).rejects.toBeInstanceOf(JournalFailedError);
  });

  it('loses nothing of a batch when reading it fails half-way', async () => {
    const journal = await bench.open({ files, tailBytes: 0 });
    await journal.append(Array.from({ length: 5 }, (_, n) => message(`${n}${'x'.repeat(400_000)}`)));
    const reader = journal.reader(0);
    let reads = 0;
    files.before = (step) => {
      if (step === 'read' && ++reads === 2) throw systemError('EIO');
    };
    await expect(reader.next(5, 9_999_999)).rejects.toThrow('EIO');
    const batch = await reader.next(5, 9_999_999);
    expect(payloads(batch).map((text) => text.slice(0, 1))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('keeps exactly the acknowledged entries through any mix of faults, releases and restarts', async () => {
    const step = fc.oneof(
      {
        arbitrary: fc.record({
          do: fc.constant('append' as const),
          sizes: fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
        }),
        weight: 8,
      },
      { arbitrary: fc.record({ do: fc.constant('full' as const), torn: fc.nat(120) }), weight: 2 },
      { arbitrary: fc.record({ do: fc.constant('release' as const), back: fc.nat(10) }), weight: 2 },
      { arbitrary: fc.record({ do: fc.constant('restart' as const) }), weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const own = await JournalBench.make();
        const disk = new FaultyFiles();
        const options = { files: disk, segmentBytes: 700, maxBytes: 50_000, tailBytes: 3_000 };
        const expected: string[] = [];
        try {
          let journal = await own.open(options);
          for (const [index, each] of steps.entries()) {
            if (each.do === 'append') {
              const batch = each.sizes.map((size, n) => `${index}.${n}.${'y'.repeat(size)}`);
              expect(await journal.append(batch.map((text) => message(text)))).toBe(expected.length + 1);
              expected.push(...batch);
            } else if (each.do === 'full') {
              disk.torn = each.torn;
              disk.before = (at) => {
                if (at === 'write') throw systemError('ENOSPC');
              };
              await expect(journal.append([message('lost')])).rejects.toBeInstanceOf(JournalFullError);
              disk.before = () => {};
            } else if (each.do === 'release') {
              await journal.release(journal.durableLsn + 1 - each.back);
            } else {
              await journal.close();
              journal = await own.open(options);
            }
            const { oldestLsn } = journal;
            expect(await texts(journal)).toEqual(expected.slice(oldestLsn - 1));
          }
        } finally {
          await own.tearDown();
        }
      }),
      { numRuns: 25 },
    );
  });
});
