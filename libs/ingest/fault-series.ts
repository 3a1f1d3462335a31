import { Logger } from '@nestjs/common';
import type { LogEvent, Records } from '#records';
import type { Clock } from '#runtime';
import type { FaultPoint, SeriesStore } from '#series';

const CONSUMER = 'fault-series';
const PAGE_MAX = 500;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;

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
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;
  private woken = true;
  private stopListening: () => void = () => undefined;

  constructor(private readonly parts: FaultSeriesParts) {}

  start(): void {
    this.stopListening = this.parts.records.onEvents(() => {
      this.woken = true;
      this.wake();
    });
    this.running = this.run();
  }

  /** Finishes the page in hand. */
  async stop(): Promise<void> {
    this.stopListening();
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    const { clock } = this.parts;
    const { signal } = this.stopping;
    let waitMs = 0;
    while (!signal.aborted) {
      this.woken = false;
      try {
        const caughtUp = await this.page();
        if (waitMs > 0) this.log.log('Writes faults to the series again.');
        waitMs = 0;
        if (caughtUp) await this.untilWoken();
      } catch (error) {
        if (waitMs === 0) this.log.error(`Cannot write faults to the series, tries again: ${String(error)}`);
        waitMs = Math.min(Math.max(waitMs * 2, RETRY_FIRST_MS), RETRY_MAX_MS);
        await clock.sleep(waitMs, signal);
      }
    }
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.woken || this.stopping.signal.aborted) resolve();
    });
  }

  /** Answers true when there was nothing more to read. */
  private async page(): Promise<boolean> {
    const { records, series } = this.parts;
    const position = await this.position();
    const events = await records.readEvents(position, PAGE_MAX);
    const last = events.at(-1);
    if (last === undefined) return true;
    const ids = [...new Set(events.flatMap(faultIdOf))];
    const points = ids.length === 0 ? [] : await this.points(ids);
    const result = await series.writeFaults(points);
    if (!result.ok) throw new Error(result.message);
    for (const { point, reason } of result.refused) {
      this.log.error(`The series store refused fault ${point.id} of lift ${point.lift}: ${reason}`);
    }
    await records.db
      .insertInto('consumer_cursor')
      .values({ consumer: CONSUMER, position: last.id })
      .onConflict((conflict) => conflict.column('consumer').doUpdateSet({ position: last.id }))
      .execute();
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
