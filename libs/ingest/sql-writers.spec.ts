import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, FaultEffect } from '#domain';
import type { JournalBatch, JournalEntry, Lsn, MessageEntry } from '#journal';
import { SqlRecords } from '#records';
import { Metrics } from '#runtime';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { FaultWriter } from './fault-writer.js';
import {
  batchOf,
  entryOf,
  event,
  FixedRegistry,
  inbound,
  ManualClock,
  reading,
  T0,
} from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { type EntryEffects, LiftStates } from './lift-states.js';
import { QuarantineWriter } from './quarantine-writer.js';
import { readPosition } from './reader-position.js';
import type { TerminalRegistry } from './terminal-registry.js';

let folder: string;
let records: SqlRecords;
let metrics: Metrics;
const clock = new ManualClock();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writers-'));
  await copyEmptyDatabase(folder);
  records = new SqlRecords({ folder, clock, metrics: new Metrics() });
  await records.open();
}, 30_000);

afterAll(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  metrics = new Metrics();
  for (const table of ['fault', 'event_log', 'journal_position', 'quarantine', 'unknown_code'] as const) {
    await records.db.deleteFrom(table).execute();
  }
});

/** The log as it stands: tests delete it, which `readEvents` need not notice. */
const logged = () => records.db.selectFrom('event_log').selectAll().orderBy('id').execute();

async function metric(name: string): Promise<number> {
  const { values = [] } = (await metrics.registry.getSingleMetric(name)?.get()) ?? {};
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** Detection with the writer behind it. Writing again what was refused does not detect again. */
class DetectingWriter {
  private readonly states = new LiftStates();
  private refused: { readonly batch: JournalBatch; readonly found: readonly EntryEffects[] } | null = null;

  constructor(private readonly writer: FaultWriter) {}

  write(found: readonly EntryEffects[], last: Lsn): Promise<void> {
    return this.writer.write(found, last);
  }

  async commit(batch: JournalBatch): Promise<void> {
    const again = this.refused?.batch === batch ? this.refused.found : null;
    const found = again ?? this.states.advance(batch);
    this.refused = { batch, found };
    await this.writer.write(found, batch.last);
    this.refused = null;
  }
}

describe('fault writer', () => {
  const registry = new FixedRegistry().add('T1').add('T2', { district: '411330105007', firm: 'f-2' });
  let writer: DetectingWriter;

  beforeEach(() => {
    writer = freshWriter();
  });

  function freshWriter(known: TerminalRegistry = registry): DetectingWriter {
    return new DetectingWriter(new FaultWriter(records, known, clock, new IngestMetrics(metrics)));
  }

  const faults = () => records.db.selectFrom('fault').selectAll().orderBy('raised_at').execute();
  const types = async () => (await logged()).map(({ type }) => type);
  const report = (seq: number, code: string, state: 'raised' | 'cleared', terminal = 'T1') =>
    entryOf(inbound(terminal, 'event', event({ seq }, code, state)));
  const mode = (seq: number, name: string) =>
    entryOf(inbound('T1', 'telemetry', reading({ seq }, { mode: name })));

  it('commits rows, events and position together; the same batch again changes nothing', async () => {
    const batch = batchOf(1, report(1, 'overspeed', 'raised'), report(2, 'overspeed', 'cleared'));
    await writer.commit(batch);
    const rows = await faults();
    expect(rows).toMatchObject([{ lift: 'LIFT-T1', kind: 'overspeed', state: 'cleared', firm: 'f-1' }]);
    expect(rows[0]).toMatchObject({ district: '411330102', clear_reason: 'reported-clear' });
    expect(await types()).toEqual(['fault.raised', 'fault.cleared']);
    expect(await readPosition(records, 'faults')).toBe(2);
    await writer.commit(batch);
    // Another process that lost the position, too: ids and states make it harmless.
    await records.db.deleteFrom('journal_position').execute();
    await freshWriter().commit(batch);
    expect(await faults()).toEqual(rows);
    expect(await types()).toEqual(['fault.raised', 'fault.cleared']);
  });

  it('steps once, however often the database fails, and leaves nothing of a failed try', async () => {
    const batch = batchOf(1, report(1, 'overspeed', 'raised'), report(2, 'door-held', 'raised'));
    const write = records.write.bind(records);
    for (const broken of [0, 1]) {
      records.write = async (work) =>
        write(async (tx) => {
          if (broken === 0) throw new Error('down');
          await work(tx);
          throw new Error('down at commit');
        });
      await expect(writer.commit(batch)).rejects.toThrow('down');
      expect([await faults(), await readPosition(records, 'faults')]).toEqual([[], 0]);
    }
    records.write = write;
    await writer.commit(batch);
    expect(await types()).toEqual(['fault.raised', 'fault.raised']);
    expect(await metric('liftwarden_fault_effects_total')).toBe(2);
  });

  it('attaches, escalates, and counts it', async () => {
    const stands = (seq: number, occupied: boolean | null) =>
      entryOf(inbound('T1', 'telemetry', reading({ seq }, { inDoorZone: false, occupied })));
    const empty = Array.from({ length: 46 }, (_, index) => stands(index, false));
    await writer.commit(batchOf(1, ...empty, stands(46, null), report(47, 'stopped-outside-zone', 'raised')));
    expect(await faults()).toMatchObject([
      { kind: 'stopped-outside-zone', state: 'open', priority: 'critical', attachments: 2 },
    ]);
  });

  it('raises under its id what outlives inspection, as bad as it is by then', async () => {
    await writer.commit(batchOf(1, mode(1, 'inspection'), report(2, 'door-close-failed', 'raised')));
    const [suppressed] = await faults();
    expect(suppressed).toMatchObject({ state: 'suppressed', clear_reason: 'inspection-mode' });
    await writer.commit(batchOf(3, mode(3, 'normal')));
    expect(await faults()).toMatchObject([{ id: suppressed?.id, state: 'open', clear_reason: null }]);
    expect(await types()).toEqual(['fault.suppressed', 'fault.raised']);
  });

  it('records what outlived inspection and ended within one message', async () => {
    await writer.commit(batchOf(1, mode(1, 'inspection')));
    const door = { doorState: 'open', safetyLoop: 'open', moving: true, inDoorZone: false };
    const moves = [2, 3, 4].map((seq) => reading({ seq }, { ...door, mode: 'inspection' }));
    const ends = [reading({ seq: 5 }, { ...door, mode: 'normal' }), reading({ seq: 6 }, { mode: 'normal' })];
    await writer.commit(batchOf(2, entryOf(inbound('T1', 'telemetry', moves))));
    await writer.commit(batchOf(3, entryOf(inbound('T1', 'telemetry', ends))));
    expect(await types()).toEqual(['fault.suppressed', 'fault.recorded']);
    expect(await faults()).toMatchObject([
      { state: 'recorded', clear_reason: 'condition-ended', cleared_at: new Date(T0 + 6_000) },
    ]);
  });

  it('counts unknown codes, once each', async () => {
    const batch = batchOf(
      1,
      report(1, 'E-17', 'raised'),
      report(2, 'E-17', 'cleared'),
      report(3, 'E\0x', 'raised'),
    );
    await writer.commit(batch);
    await freshWriter().commit(batch);
    const rows = await records.db
      .selectFrom('unknown_code')
      .select(['code', 'count'])
      .orderBy('code')
      .execute();
    expect(rows).toEqual([{ code: 'E-17', count: 2 }]);
    expect(await metric('liftwarden_unknown_codes_total')).toBe(2);
  });

  it('takes far more transitions than one transaction may hold, each once', async () => {
    const fault = (n: number): Fault => ({
      id: `f${n}`,
      lift: 'LIFT-T1',
      terminal: 'T1',
      kind: 'overspeed',
      evidence: 'reported',
      priority: 'critical',
      raisedAt: T0 + n,
      receivedAt: T0,
      reason: 'reported-by-terminal',
      profile: null,
      code: null,
      clockSuspect: false,
      detail: null,
    });
    const recorded = (n: number): FaultEffect => ({
      type: 'fault.recorded',
      fault: fault(n),
      clearedAt: T0 + n,
      clearReason: 'reported-clear',
    });
    const found = [1, 2, 2, 3].map((lsn, index): EntryEffects => {
      const effects = Array.from({ length: 200 }, (_, n) => recorded(index * 200 + n));
      return { lsn, receivedAt: T0, district: null, effects, unknownCodes: [] };
    });
    let transactions = 0;
    const write = records.write.bind(records);
    records.write = (work) => {
      transactions += 1;
      return transactions === 2 ? Promise.reject(new Error('down')) : write(work);
    };
    await expect(writer.write(found, 9)).rejects.toThrow('down');
    // What two entries found is in; what one entry found is never torn apart.
    expect([(await faults()).length, await readPosition(records, 'faults')]).toEqual([600, 2]);
    await writer.write(found, 9);
    records.write = write;
    expect([(await faults()).length, await readPosition(records, 'faults')]).toEqual([800, 9]);
    expect(await records.headEventId()).toBeGreaterThanOrEqual(800);
  });

  it.each([
    ['bound to another lift since', { lift: 'LIFT-T2', district: '411330105007', firm: 'f-2' }],
    ['bound to none since', { lift: null, district: null, firm: null }],
    ['revoked since', null],
  ])('a fault of a terminal %s stays in its county, and reaches no stranger', async (_name, changed) => {
    const later = new FixedRegistry();
    if (changed) later.add('T1', changed);
    await freshWriter(later).commit(batchOf(1, report(1, 'entrapment', 'raised')));
    expect(await faults()).toMatchObject([{ lift: 'LIFT-T1', district: '411330', firm: null }]);
    expect(await logged()).toMatchObject([{ district: '411330', firm: null }]);
  });

  it('stores any time a terminal may claim', async () => {
    const stored = event({ seq: 1, at: 0 }, 'overspeed', 'raised', { stored: true });
    const entry = entryOf(inbound('T1', 'event', stored), {
      clockOffsetMs: T0 - 8.64e15,
      clockSuspect: true,
    });
    await writer.commit(batchOf(1, entry));
    expect(await faults()).toHaveLength(1);
  });
});

describe('quarantine writer', () => {
  const bad = (terminal: string | null, changes: Partial<MessageEntry> = {}, bytes = '{'): MessageEntry => ({
    ...entryOf(inbound(terminal ?? '', 'telemetry', bytes)),
    source: { terminal, profile: null, lift: null, district: null },
    refusal: { reason: 'malformed-json', detail: 'not JSON' },
    ...changes,
  });
  const many = (count: number, of: () => JournalEntry) => Array.from({ length: count }, of);
  const writer = () => new QuarantineWriter(records, new IngestMetrics(metrics));
  const rows = () => records.db.selectFrom('quarantine').selectAll().orderBy('lsn').execute();

  it('keeps bytes and reason of what was refused, once, however often it is read', async () => {
    const good = entryOf(inbound('T1', 'telemetry', reading({ seq: 1 })));
    const batch = batchOf(1, good, bad('T1', { topic: 'a\0b' }, 'x\0y'), good);
    for (let n = 0; n < 3; n++) await writer().commit(batch);
    const kept = await rows();
    expect(kept).toMatchObject([
      { lsn: 2, terminal: 'T1', topic: 'a\ufffdb', reason: 'malformed-json', length: 3 },
    ]);
    expect(kept[0]?.body.toString()).toBe('x\0y');
    expect(await readPosition(records, 'quarantine')).toBe(3);
  });

  it('keeps the head of a body over 64 KiB, and its true length', async () => {
    await writer().commit(batchOf(1, bad('T1', {}, 'x'.repeat(70_000))));
    const [row] = await rows();
    expect([row?.body.length, row?.length]).toEqual([65_536, 70_000]);
  });

  it('keeps 100 per terminal, reason and hour, also across a restart, and counts the rest', async () => {
    await writer().commit(batchOf(1, ...many(90, () => bad('T1'))));
    const restarted = writer();
    const batch = batchOf(91, ...many(30, () => bad('T1')), bad('T2'), bad(null));
    const write = records.write.bind(records);
    records.write = (work) => write((tx) => work(tx).then(() => Promise.reject(new Error('down'))));
    await expect(restarted.commit(batch)).rejects.toThrow('down');
    records.write = write;
    await restarted.commit(batch);
    expect(await rows()).toHaveLength(102);
    expect(await metric('liftwarden_quarantine_not_kept_total')).toBe(20);
    await restarted.commit(
      batchOf(
        123,
        bad('T1', { refusal: { reason: 'unknown-topic', detail: '' } }),
        bad('T1', { receivedAt: T0 + 3_600_000 }),
        bad('T1'),
      ),
    );
    expect(await rows()).toHaveLength(104);
  });
});
