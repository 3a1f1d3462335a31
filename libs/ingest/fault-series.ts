import { Logger } from '@nestjs/common';
import { type LogEvent, LogFollower, type Records } from '#records';
import type { Clock } from '#runtime';
import type { FaultPoint, SeriesStore } from '#series';

const CONSUMER = 'fault-series';
const PAGE_MAX = 500;

export interface FaultSeriesParts {
  readonly records: Records;
  readonly series: SeriesStore;
  readonly clock: Clock;
}

/**
 * Follows the event log and writes each fault as a point of the series, again when it ends: charts and other
 * tools read faults where they read samples. Not a transport of the event log: a page there is one
 * transaction, and none may wait for another server. A point is written whole from the fault's row, so
 * repeating one is harmless.
 */
export class FaultSeries {
  private readonly log = new Logger('FaultSeries');
  private readonly follower: LogFollower;
  /** What the stored cursor says; null until it has been read. */
  private cursor: number | null = null;
  private failing = false;

  constructor(private readonly parts: FaultSeriesParts) {
    this.follower = new LogFollower({
      records: parts.records,
      clock: parts.clock,
      readOn: (stopping) => this.readOn(stopping),
      failed: (error) => {
        if (!this.failing) this.log.error(`Cannot write faults to the series, tries again: ${String(error)}`);
        this.failing = true;
      },
    });
  }

  start(): void {
    this.follower.start();
  }

  /** Finishes the page in hand. */
  stop(): Promise<void> {
    return this.follower.stop();
  }

  private async readOn(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && !(await this.page()));
    if (this.failing) this.log.log('Writes faults to the series again.');
    this.failing = false;
  }

  /** Answers true when there was nothing more to read. */
  private async page(): Promise<boolean> {
    const { records, series } = this.parts;
    const position = this.cursor ?? (await this.position());
    this.cursor = null;
    const events = await records.readEvents(position, PAGE_MAX);
    const last = events.at(-1);
    if (last === undefined) {
      this.cursor = position;
      return true;
    }
    const ids = [...new Set(events.flatMap(faultIdOf))];
    const points = ids.length === 0 ? [] : await this.points(ids);
    const result = await series.writeFaults(points);
    if (!result.ok) throw new Error(result.message);
    for (const { index, reason } of result.refused) {
      const { id, lift } = points[index] ?? { id: '?', lift: '?' };
      this.log.error(`The series store refused fault ${id} of lift ${lift}: ${reason}`);
    }
    await records.db
      .insertInto('consumer_cursor')
      .values({ consumer: CONSUMER, position: last.id })
      .onConflict((conflict) => conflict.column('consumer').doUpdateSet({ position: last.id }))
      .execute();
    this.cursor = last.id;
    return false;
  }

  private async position(): Promise<number> {
    const row = await this.parts.records.db
      .selectFrom('consumer_cursor')
      .select('position')
      .where('consumer', '=', CONSUMER)
      .executeTakeFirst();
    return row?.position ?? 0;
  }

  private async points(ids: readonly string[]): Promise<FaultPoint[]> {
    const rows = await this.parts.records.db
      .selectFrom('fault')
      .selectAll()
      .where('id', 'in', [...ids])
      .execute();
    return rows.map((row) => ({
      id: row.id,
      lift: row.lift,
      district: row.district.slice(0, 6),
      kind: row.kind,
      evidence: row.evidence,
      priority: row.priority,
      state: row.state,
      raisedAt: row.raised_at.getTime(),
      clearedAt: row.cleared_at?.getTime() ?? null,
      reason: row.clear_reason ?? row.reason,
      profile: row.profile,
      code: row.code,
    }));
  }
}

function faultIdOf({ type, data }: LogEvent): readonly string[] {
  if (!type.startsWith('fault.')) return [];
  const { fault, faultId } = data as { fault?: { id?: unknown }; faultId?: unknown };
  const id = fault?.id ?? faultId;
  return typeof id === 'string' ? [id] : [];
}
