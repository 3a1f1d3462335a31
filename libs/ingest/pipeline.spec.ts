import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJournal, Journal, type Lsn, verifyJournal } from '#journal';
import type { InboundMessage } from '#mqtt';
import { type NewLogEvent, SqlRecords, type Tx } from '#records';
import { Metrics, Readiness } from '#runtime';
import { DuckDbSeriesStore, type SeriesBatch, storedBy } from '#series';
import { copyEmptyDatabase } from '../../test/harness/pglite-template.js';
import { FixedRegistry, inbound, ManualClock, reading, settle, T0, until } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { Intake } from './intake.js';
import { GARBAGE, script, seeded, TERMINALS } from './lift-script.fixture.js';
import { LiftStates } from './lift-states.js';
import { Pipeline } from './pipeline.js';
import { ReaderPressure } from './reader-pressure.js';
import { SeenIdentities } from './seen-identities.js';
import { UnrecordedFaults } from './unrecorded-faults.js';

const SEED = Number(process.env.SEED ?? 11);
let root: string;
let database: SqlRecords;
const opened: Journal[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pipeline-'));
  await copyEmptyDatabase(join(root, 'records'));
  database = new SqlRecords({
    folder: join(root, 'records'),
    clock: new ManualClock(),
    metrics: new Metrics(),
  });
  await database.open();
}, 30_000);

afterAll(async () => {
  for (const journal of opened) await journal.close();
  await database.close();
  await rm(root, { recursive: true });
});

/** Lets it store nothing until the answer is called. */
function breakStore(series: DuckDbSeriesStore): () => void {
  const begin = series.begin.bind(series);
  let broken = true;
  series.begin = () => {
    const batch = begin();
    const full = { ok: false, retryable: true, message: 'disk full' } as const;
    return storedBy(batch, async (...args) => (broken ? full : batch.store(...args)));
  };
  return () => {
    broken = false;
  };
}

/** One run of the process over a data folder. Killed, it just stops doing anything, wherever it is. */
class Life {
  /** Long before the messages: no tick finds anything, since when ticks come is chance. */
  readonly clock = new ManualClock(T0 - 30 * 86_400_000, true);
  readonly metrics = new Metrics();
  readonly journal: Journal;
  readonly seen = new SeenIdentities();
  readonly states = new LiftStates();
  /** What the next transactions do: `down` = nothing and fail, `unanswered` = commit and fail. */
  readonly outcomes: ('down' | 'unanswered')[] = [];
  private readonly intake: Intake;
  private readonly pipeline: Pipeline;
  private killed = false;
  private readonly running = new Set<Promise<unknown>>();

  private constructor(
    readonly house: House,
    maxBytes: number,
  ) {
    const { clock, seen } = this;
    const metrics = new IngestMetrics(this.metrics);
    const registry = new FixedRegistry();
    for (const terminal of TERMINALS) registry.add(terminal);
    this.journal = new Journal({
      folder: join(house.folder, 'journal'),
      clock,
      metrics: this.metrics,
      segmentBytes: 8_192,
      maxBytes,
    });
    opened.push(this.journal);
    const pressure = new ReaderPressure(metrics);
    this.intake = new Intake(this.journal, registry, seen, metrics, pressure);
    const records = Object.assign(Object.create(database) as SqlRecords, {
      write: <R>(work: (tx: Tx) => Promise<{ result: R; events: readonly NewLogEvent[] }>) =>
        this.write(work),
    });
    const series = Object.assign(Object.create(house.series) as DuckDbSeriesStore, {
      begin: () => {
        const batch = house.series.begin();
        const store: SeriesBatch['store'] = (...args) => this.track(() => batch.store(...args));
        return storedBy(batch, store);
      },
    });
    const { states } = this;
    const readiness = new Readiness();
    this.pipeline = new Pipeline({
      ...{ journal: this.journal, series, records, registry, seen, states, clock, metrics, readiness },
      ...{ pressure, unrecorded: new UnrecordedFaults() },
      folder: house.folder,
    });
  }

  static async begin(house: House, maxBytes = 1 << 24): Promise<Life> {
    const life = new Life(house, maxBytes);
    await life.journal.open();
    await life.pipeline.start();
    return life;
  }

  take(messages: readonly InboundMessage[]): Promise<void> {
    return this.intake.take(messages);
  }

  stop(): Promise<void> {
    return this.pipeline.stop();
  }

  async kill(): Promise<void> {
    this.killed = true;
    // A statement on its way to a database ends there, one way or the other.
    while (this.running.size > 0) await Promise.allSettled([...this.running]);
    // A killed process writes no file; ours must have ended before the next one begins.
    await (this.pipeline as unknown as { snapshotting: Promise<void> }).snapshotting;
  }

  /** All that detection and intake know, for comparing. */
  memory(): string {
    const texts = [this.states, this.seen].map((of) =>
      Array.from(of.blocks(), (block) => block.toString('latin1')),
    );
    return texts.flat().join();
  }

  /**
   * Until detection has stepped over everything and a snapshot of that is written, `count` files being there.
   */
  async snapshot(count: number): Promise<void> {
    const end = this.journal.durableLsn;
    const inside = this.pipeline as unknown as { steppedLsn: Lsn; committer: { isIdle: boolean } };
    await until('detection', () => inside.steppedLsn >= end && inside.committer.isIdle);
    this.clock.advance(16_000);
    await until('the snapshot', async () => {
      const lsns = await snapshotLsns(this.house);
      return lsns.length >= Math.min(count, 2) && lsns.includes(end);
    });
    await (this.pipeline as unknown as { snapshotting: Promise<void> | null }).snapshotting;
  }

  async caughtUp(): Promise<void> {
    const { series } = this.house;
    await until('the readers', async () => (await series.position()) >= this.journal.durableLsn);
  }

  /** Never answers once killed: what waits for it goes no further. */
  private track<T>(work: () => Promise<T>): Promise<T> {
    if (this.killed) return new Promise(() => {});
    const run = work();
    this.running.add(run);
    const over = () => this.running.delete(run);
    run.then(over, over);
    return run.then(
      (value) => (this.killed ? new Promise<T>(() => {}) : value),
      (error) => (this.killed ? new Promise<T>(() => {}) : Promise.reject(error)),
    );
  }

  private write<R>(work: (tx: Tx) => Promise<{ result: R; events: readonly NewLogEvent[] }>): Promise<R> {
    return this.track(async () => {
      const outcome = this.outcomes.shift();
      if (outcome === 'down') throw new Error('made by the test: down');
      const result = await database.write(work);
      if (outcome === 'unanswered') throw new Error('made by the test: no answer');
      return result;
    });
  }
}

async function snapshotsOf(house: House) {
  const place = await findJournal(house.folder, new ManualClock(T0, true));
  if (place === null) throw new Error(`no journal in ${house.folder}`);
  return [...(await verifyJournal(place)).snapshots];
}

async function snapshotLsns(house: House): Promise<(number | null)[]> {
  return (await snapshotsOf(house)).filter(({ damage }) => damage === null).map(({ lsn }) => lsn);
}

/** A data folder and its stores, which outlive the process. */
class House {
  private constructor(
    readonly folder: string,
    readonly series: DuckDbSeriesStore,
  ) {}

  static async build(): Promise<House> {
    const folder = await mkdtemp(join(root, 'data-'));
    const series = new DuckDbSeriesStore({ file: join(folder, 'series.duckdb'), threads: 1 });
    await series.open();
    for (const table of ['fault', 'event_log', 'journal_position', 'quarantine', 'unknown_code'] as const) {
      await database.db.deleteFrom(table).execute();
    }
    return new House(folder, series);
  }

  /** All that was found, without the moments of record. */
  async found() {
    const { db } = database;
    const faults = await db.selectFrom('fault').selectAll().orderBy('id').execute();
    const events = await db.selectFrom('event_log').selectAll().orderBy('id').execute();
    const quarantine = await db.selectFrom('quarantine').select(['lsn', 'reason']).orderBy('lsn').execute();
    const codes = await db.selectFrom('unknown_code').select(['code', 'count']).execute();
    return {
      faults,
      events: events.map(({ type, data }) => JSON.stringify([type, data])),
      quarantine,
      codes,
      points: await this.series.count(),
    };
  }
}

async function finish(house: House, life: Life) {
  await life.caughtUp();
  await life.stop();
  const found = await house.found();
  await house.series.close();
  return found;
}

/** For a life of the whole script, three messages of which are garbage. */
async function finishAll(house: House, life: Life) {
  await until('the quarantine', async () => (await house.found()).quarantine.length > 2);
  return finish(house, life);
}

describe('pipeline', () => {
  it('killed anywhere, leaves what an undisturbed run leaves', async () => {
    const chunks = script(90);
    const quiet = await House.build();
    const calm = await Life.begin(quiet);
    for (const chunk of chunks) await calm.take(chunk);
    const expected = await finishAll(quiet, calm);
    expect(expected.faults.length).toBeGreaterThan(12);
    expect([expected.quarantine.length, expected.codes, expected.points]).toEqual([
      3,
      [{ code: 'E-17', count: 3 }],
      270,
    ]);

    const random = seeded(SEED);
    const house = await House.build();
    let life = await Life.begin(house);
    let kills = 0;
    for (const [index, chunk] of chunks.entries()) {
      await life.take(chunk);
      for (let turns = random(12); turns > 0; turns--) await settle();
      if (random(3) === 0) life.clock.advance(16_000);
      const fate = random(12);
      if (fate < 2) life.outcomes.push(fate === 0 ? 'down' : 'unanswered', 'down');
      if (fate !== 5) continue;
      kills += 1;
      await life.kill();
      life = await Life.begin(house);
      // The last ones were not acknowledged: they come again. Not the garbage, which has no identity.
      const unheard = chunks.slice(Math.max(0, index - 1), index + 1).flat();
      await life.take(unheard.filter(({ payload }) => !GARBAGE.equals(payload)));
    }
    await life.kill();
    life = await Life.begin(house);
    const found = await finishAll(house, life);
    expect({ seed: SEED, enough: kills > 3 }).toEqual({ seed: SEED, enough: true });
    // LSNs move with what was sent again.
    const reasons = (rows: readonly { reason: string }[]) => rows.map(({ reason }) => reason);
    expect({ seed: SEED, ...found, quarantine: [] }).toEqual({ seed: SEED, ...expected, quarantine: [] });
    expect(reasons(found.quarantine)).toEqual(reasons(expected.quarantine));
  }, 30_000);

  it('releases what snapshot and readers have passed, and starts from there', async () => {
    const house = await House.build();
    const life = await Life.begin(house);
    const chunks = script(60);
    for (const chunk of chunks) await life.take(chunk);
    await life.caughtUp();
    await life.snapshot(1);
    expect(life.journal.oldestLsn).toBe(1);
    for (const chunk of chunks) await life.take(chunk);
    await life.caughtUp();
    await life.snapshot(2);
    expect(life.journal.oldestLsn).toBeGreaterThan(1);
    await life.kill();
    const oldest = life.journal.oldestLsn;
    const next = await Life.begin(house);
    expect(next.journal.oldestLsn).toBe(oldest);
    expect(next.memory()).toBe(life.memory());
    await finish(house, next);
    expect(await snapshotLsns(house)).toContain(next.journal.durableLsn);
  }, 30_000);

  it.each(['newest', 'older'] as const)(
    'starts just as well when the %s snapshot is damaged',
    async (which) => {
      const house = await House.build();
      const life = await Life.begin(house);
      for (const [index, chunk] of script(60).entries()) {
        await life.take(chunk);
        if (index % 20 !== 15) continue;
        await life.caughtUp();
        await life.snapshot(1 + (index - 15) / 20);
      }
      await life.caughtUp();
      expect(life.journal.oldestLsn).toBeGreaterThan(1);
      await life.kill();
      const snapshots = await snapshotsOf(house);
      snapshots.sort((a, b) => (b.lsn ?? 0) - (a.lsn ?? 0));
      const { path } = snapshots[which === 'newest' ? 0 : 1] ?? { path: '' };
      const bytes = await readFile(path);
      const middle = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 4, middle);
      await writeFile(path, bytes);
      const next = await Life.begin(house);
      expect(next.memory()).toBe(life.memory());
      await finish(house, next);
    },
    30_000,
  );

  it('takes messages again without a restart, when a reader that let the journal fill gets on', async () => {
    const house = await House.build();
    const life = await Life.begin(house, 60_000);
    const fix = breakStore(house.series);
    const refused: unknown[] = [];
    const chunks = script(600);
    for (let next = 0; refused.length === 0; next++) {
      await life.take(chunks[next] ?? []).catch((error: unknown) => refused.push(error));
    }
    expect(refused[0]).toMatchObject({ name: 'JournalFullError', reason: 'bytes' });
    expect(life.journal.pressure).toBe('nearly-full');
    fix();
    await life.caughtUp();
    await life.snapshot(1);
    await life.snapshot(2);
    expect(life.journal.pressure).toBeNull();
    await life.take([inbound('T1', 'telemetry', reading({ seq: 9_000 }))]);
    await finish(house, life);
  }, 30_000);

  it('keeps the journal for a reader that is stopped, and for it alone', async () => {
    const house = await House.build();
    const life = await Life.begin(house);
    const chunks = script(60);
    const fix = breakStore(house.series);
    for (const chunk of chunks) await life.take(chunk);
    await life.snapshot(1);
    await life.snapshot(2);
    expect(life.journal.oldestLsn).toBe(1);
    fix();
    await life.caughtUp();
    expect(await house.series.count()).toBe(180);
    await finish(house, life);
  }, 30_000);

  it('writes no snapshot that knows more than the disk', async () => {
    const house = await House.build();
    const life = await Life.begin(house);
    await life.take(script(1)[0] ?? []);
    await life.caughtUp();
    life.journal.fence = () => () => Promise.reject(new Error('an append was refused'));
    life.clock.advance(16_000);
    await life.take([inbound('T1', 'telemetry', reading({ seq: 900 }))]);
    await life.caughtUp();
    await life.stop();
    expect(await snapshotsOf(house)).toEqual([]);
    await house.series.close();
  }, 30_000);

  it('starts without its journal, and gives no number again', async () => {
    const house = await House.build();
    const life = await Life.begin(house);
    for (const chunk of script(5)) await life.take(chunk);
    await life.caughtUp();
    const known: Lsn = life.journal.durableLsn;
    await life.kill();
    await rm(join(house.folder, 'journal'), { recursive: true });
    const next = await Life.begin(house);
    expect(next.journal.durableLsn).toBeGreaterThanOrEqual(known);
    await next.take(TERMINALS.map((terminal) => inbound(terminal, 'telemetry', reading({ seq: 900 }))));
    await next.caughtUp();
    expect(await house.series.count()).toBe(18);
    await finish(house, next);
  }, 30_000);
});
