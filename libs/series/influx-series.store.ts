import { Logger } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import type { Clock, Metrics } from '#runtime';
import { faultLines } from './fault-lines.js';
import { checkServer } from './influx-check.js';
import { InfluxHistory } from './influx-history.js';
import { InfluxHttp, type InfluxTarget } from './influx-http.js';
import type { WriteOutcome } from './influx-outcome.js';
import { countOf, newestOf, sourceCounts } from './influx-reads.js';
import { COUNT_FAULTS, COUNT_SAMPLES } from './influxql.js';
import { LineBlock } from './line-block.js';
import { writeCheck } from './line-protocol.js';
import { NewestPoints } from './newest-points.js';
import { PointRuns } from './point-runs.js';
import { readPositionFile, writePositionFile } from './position-file.js';
import { SampleLines } from './sample-lines.js';
import { SampleWriter } from './sample-writer.js';
import {
  type AppendResult,
  type BatchSource,
  type FaultPoint,
  type Refused,
  type SeriesBatch,
  type SeriesPoint,
  SeriesStore,
  type SourceCount,
  storedBy,
} from './series.store.js';
import { ShardOpenings, shardSpan } from './shard-openings.js';
import { writeLines } from './write-lines.js';

export interface InfluxSeriesOptions extends InfluxTarget {
  /** Keeps the journal position; its folder is made. On a disk of ours: InfluxDB has no transactions. */
  readonly positionFile: string;
  /**
   * Whether a point carries its lift's states each time, or only those that changed, and all at least once a
   * minute (`PointRuns`).
   */
  readonly states: 'changes' | 'always';
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** For tests: instead of the network. */
  readonly http?: InfluxHttp;
}

const REQUEST_BUCKETS_S = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The series store on InfluxDB 1.x, 2.x or 3.x. One write request has one explicit result; the position is
 * saved after the last 2xx of a batch, so a killed process repeats points, which overwrite themselves, and
 * loses none.
 */
export class InfluxSeriesStore extends SeriesStore {
  readonly history = new InfluxHistory(() => this.opened());
  private readonly log = new Logger('InfluxSeriesStore');
  private connection: InfluxHttp | null = null;
  private stored = 0;
  private newest = new NewestPoints();
  private readonly runs: PointRuns | null;
  private readonly samples: SampleWriter;
  private readonly openings: ShardOpenings;
  /** Tails of the chains of writes: a later write of a point must not be overtaken by an earlier one. */
  private appends: Promise<unknown> = Promise.resolve();
  private faultWrites: Promise<unknown> = Promise.resolve();
  private readonly requestSeconds: Histogram<'outcome'>;
  private readonly pointsTotal: Counter<'measurement' | 'result'>;

  constructor(private readonly options: InfluxSeriesOptions) {
    super();
    this.runs = options.states === 'changes' ? new PointRuns() : null;
    this.samples = new SampleWriter(this.runs);
    this.openings = new ShardOpenings(() => options.clock.monotonicMs());
    this.requestSeconds = options.metrics.histogram(
      'liftwarden_influx_write_seconds',
      'Write requests to InfluxDB, by what became of them.',
      REQUEST_BUCKETS_S,
      ['outcome'],
    );
    this.pointsTotal = options.metrics.counter(
      'liftwarden_influx_points_total',
      'Points handed to InfluxDB: stored, refused for good, or older than it keeps.',
      ['measurement', 'result'],
    );
  }

  async open(): Promise<void> {
    if (this.connection !== null) throw new Error(`Series store ${this.connection.name} was opened before.`);
    const http = this.options.http ?? connect(this.options);
    try {
      const { facts, warnings } = await checkServer(http, this.options);
      this.stored = await readPositionFile(this.options.positionFile);
      this.log.log(`Samples go to ${http.name}: ${facts.join(', ')}; position ${this.stored}.`);
      for (const warning of warnings) this.log.warn(`InfluxDB at ${http.name}: ${warning}.`);
    } catch (error) {
      http.close();
      throw error;
    }
    this.newest = new NewestPoints();
    this.runs?.clear();
    this.connection = http;
  }

  async close(): Promise<void> {
    const { connection } = this;
    if (connection === null) return;
    this.connection = null;
    await Promise.all([this.appends, this.faultWrites]);
    connection.close();
  }

  async position(): Promise<number> {
    this.opened();
    return this.stored;
  }

  begin(): SeriesBatch {
    const lines = new SampleLines(this.runs);
    return storedBy(lines, (position, source) => this.append(lines, position, source));
  }

  /**
   * From memory where the answer is known to be the newest (see `NewestPoints`), else from the server.
   * Rejects when the server must be asked and does not answer.
   */
  async latest(lifts: readonly string[]): Promise<ReadonlyMap<string, SeriesPoint>> {
    const http = this.opened();
    const now = this.options.clock.monotonicMs();
    const found = new Map<string, SeriesPoint>();
    const unknown: string[] = [];
    for (const lift of new Set(lifts)) {
      const known = this.newest.get(lift, now);
      if (known === undefined) unknown.push(lift);
      else if (known !== null) found.set(lift, known);
    }
    if (unknown.length === 0) return found;
    const { newest } = this;
    const { mark } = newest;
    const read = await newestOf(http, unknown);
    for (const lift of unknown) {
      const point = read.get(lift) ?? null;
      newest.learn(lift, point, mark, now);
      if (point !== null) found.set(lift, point);
    }
    return found;
  }

  async count(): Promise<number> {
    return countOf(this.opened(), COUNT_SAMPLES);
  }

  async verifyCounts(): Promise<readonly SourceCount[]> {
    return sourceCounts(this.opened());
  }

  writeFaults(faults: readonly FaultPoint[]): Promise<AppendResult> {
    const http = this.opened();
    const run = this.faultWrites.then(() => this.writeFaultsNow(http, faults));
    this.faultWrites = run.catch(() => {});
    return run;
  }

  async countFaults(): Promise<number> {
    return countOf(this.opened(), COUNT_FAULTS);
  }

  /**
   * As the port says. A batch whose position is the stored one is taken for a repetition of the last batch
   * (its answer may have been lost) and is not sent again; throws RangeError for a position below. Never
   * `retryable: false`: what can never be stored is in `refused`.
   */
  private append(batch: SampleLines, position: number, source: BatchSource): Promise<AppendResult> {
    const http = this.opened();
    const run = this.appends.then(() => this.appendNow(http, batch, position, source));
    this.appends = run.catch(() => {});
    return run;
  }

  private async appendNow(
    http: InfluxHttp,
    batch: SampleLines,
    position: number,
    source: BatchSource,
  ): Promise<AppendResult> {
    if (batch.size > 0 && position < 1) throw new RangeError('Points need a position of at least 1.');
    if (position === this.stored) return { ok: true, refused: [], outsideRetention: 0 };
    if (!Number.isSafeInteger(position) || position < this.stored) {
      throw new RangeError(`Position ${position} is not after the stored position ${this.stored}.`);
    }
    const result = await this.samples.write(batch, source, (...lines) =>
      this.write(http, 'lift_sample', ...lines),
    );
    if (!result.ok) return result;
    this.countRefused(http, 'lift_sample', result.refused);
    if (batch.size > 0) this.newest.appended([...batch.newest.values()]);
    if (result.refused.length > 0) await source.keepRefused(result.refused);
    try {
      await writePositionFile(this.options.positionFile, position);
    } catch (error) {
      const message = `Position file ${this.options.positionFile} cannot be written: ${error}`;
      return { ok: false, retryable: true, message };
    }
    this.stored = position;
    return result;
  }

  private async writeFaultsNow(http: InfluxHttp, faults: readonly FaultPoint[]): Promise<AppendResult> {
    const { lines, indexes, refused } = faultLines(faults);
    const spans = new Set(faults.map(({ raisedAt }) => shardSpan(raisedAt)));
    const written = await this.write(http, 'lift_fault', lines, spans);
    if (!written.ok) return written;
    const all = [...refused];
    for (const { index, reason } of written.refused) all.push({ index: indexes[index] ?? index, reason });
    this.countRefused(http, 'lift_fault', all);
    return { ...written, refused: all };
  }

  private write(
    http: InfluxHttp,
    measurement: string,
    lines: LineBlock,
    spans: ReadonlySet<number>,
  ): Promise<AppendResult> {
    return this.openings.run(spans, () => this.writeNow(http, measurement, lines));
  }

  private async writeNow(http: InfluxHttp, measurement: string, lines: LineBlock): Promise<AppendResult> {
    const check = new LineBlock(1);
    writeCheck(check, this.options.clock.now());
    const written = await writeLines(lines, check.slice(0, 1), (some) => this.send(http, some));
    if (!written.ok) {
      return { ok: false, retryable: true, message: `InfluxDB at ${http.name} ${written.message}` };
    }
    const refused = [...written.refused].map(([index, reason]) => ({ index, reason }));
    const { outsideRetention } = written;
    this.countPoints(measurement, 'outside-retention', outsideRetention);
    this.countPoints(measurement, 'stored', lines.count - refused.length - outsideRetention);
    return { ok: true, refused, outsideRetention };
  }

  private countRefused(http: InfluxHttp, measurement: string, refused: readonly Refused[]): void {
    const [first] = refused;
    if (first === undefined) return;
    this.countPoints(measurement, 'refused', refused.length);
    this.log.warn(`InfluxDB at ${http.name}: ${refused.length} points refused; the first: ${first.reason}`);
  }

  private async send(http: InfluxHttp, lines: Buffer): Promise<WriteOutcome> {
    const { clock } = this.options;
    const began = clock.monotonicMs();
    const outcome = await http.write(lines);
    this.requestSeconds.observe({ outcome: outcome.kind }, (clock.monotonicMs() - began) / 1_000);
    return outcome;
  }

  private countPoints(measurement: string, result: string, count: number): void {
    if (count > 0) this.pointsTotal.inc({ measurement, result }, count);
  }

  private opened(): InfluxHttp {
    if (this.connection === null) throw new Error(`Series store ${this.options.bucket} is not open.`);
    return this.connection;
  }
}

function connect(options: InfluxSeriesOptions): InfluxHttp {
  try {
    return new InfluxHttp(options, options.clock);
  } catch (error) {
    throw new Error(
      'INFLUX_URL is not a URL that InfluxDB can be reached by; it looks like http://host:8086.',
      { cause: error },
    );
  }
}
