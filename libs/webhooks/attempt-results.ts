import { Injectable, Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { type NewLogEvent, Records, storableText, type Tx } from '#records';
import { Clock } from '#runtime';
import type { AttemptResult } from './courier.js';
import { type DisableReason, decideAttempt, decideHealth } from './delivery-lifecycle.js';
import { disableEndpoint } from './endpoint-state.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** Results of one transaction. */
const BATCH_MAX = 200;
const RETRY_MS = 500;

interface Waiting {
  readonly result: AttemptResult;
  readonly done: (recorded: boolean) => void;
}

interface HealthRow {
  readonly id: string;
  readonly failing_since: Date | null;
}

/**
 * Writes down what came of attempts, many in one transaction: while one commits, the next gathers. Bounded by
 * the attempts under way.
 */
@Injectable()
export class AttemptResults {
  private readonly log = new Logger('Webhooks');
  private waiting: Waiting[] = [];
  private writing: Promise<void> | null = null;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly metrics: WebhookMetrics,
  ) {}

  /** Resolves once it is committed; false when `stop` came first. */
  record(result: AttemptResult, stop: AbortSignal): Promise<boolean> {
    return new Promise((done) => {
      this.waiting.push({ result, done });
      this.writing ??= this.writeAll(stop).finally(() => {
        this.writing = null;
      });
    });
  }

  private async writeAll(stop: AbortSignal): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.takeBatch();
      const recorded = await this.writeUntilDone(
        batch.map(({ result }) => result),
        stop,
      );
      for (const { done } of batch) done(recorded);
    }
  }

  /** One result of a delivery at a time: a second one, of a lease that ran out, waits for the next batch. */
  private takeBatch(): readonly Waiting[] {
    const batch = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const each of this.waiting) {
      const { id } = each.result.claim;
      if (batch.size < BATCH_MAX && !batch.has(id)) batch.set(id, each);
      else later.push(each);
    }
    this.waiting = later;
    return [...batch.values()];
  }

  private async writeUntilDone(batch: readonly AttemptResult[], stop: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        await this.write(batch);
        return true;
      } catch (error) {
        this.metrics.failed('record');
        this.log.warn(`Could not record ${batch.length} attempts, trying again: ${String(error)}`);
        // What is lost here is tried again when its lease ends: at least once, never not at all.
        if (stop.aborted) return false;
        await this.clock.sleep(RETRY_MS, stop);
      }
    }
  }

  private async write(batch: readonly AttemptResult[]): Promise<void> {
    const reasons = await this.records.write(async (tx) => {
      const now = new Date(this.clock.now());
      await writeAttempts(tx, batch, now);
      const events: NewLogEvent[] = [];
      const disabled: DisableReason[] = [];
      for (const { id, next } of await changedHealth(tx, batch)) {
        const since = next.failingSince === null ? null : new Date(next.failingSince);
        await tx.updateTable('webhook_endpoint').set({ failing_since: since }).where('id', '=', id).execute();
        if (next.disable === null) continue;
        events.push(...(await disableEndpoint(tx, id, next.disable, now)));
        disabled.push(next.disable);
      }
      return { result: disabled, events };
    });
    for (const reason of reasons) this.metrics.disabled(reason);
  }
}

/**
 * The endpoints whose health these attempts change, locked in key order. Those that stay well are not locked:
 * a claim passes over a locked endpoint, and a busy one would wait for the next sweep.
 */
async function changedHealth(tx: Tx, batch: readonly AttemptResult[]) {
  const ids = [...new Set(batch.map(({ claim }) => claim.endpoint))].sort();
  const changes = (rows: readonly HealthRow[]) =>
    rows.flatMap(({ id, failing_since }) => {
      const before = failing_since?.getTime() ?? null;
      const next = decideHealth(before, healthInputs(batch, id));
      return next.failingSince === before && next.disable === null ? [] : [{ id, next }];
    });
  const read = () =>
    tx
      .selectFrom('webhook_endpoint')
      .select(['id', 'failing_since'])
      .where('state', '=', 'enabled')
      .orderBy('id');
  const changed = changes(await read().where('id', 'in', ids).execute()).map(({ id }) => id);
  if (changed.length === 0) return [];
  return changes(await read().where('id', 'in', changed).forNoKeyUpdate().execute());
}

function healthInputs(batch: readonly AttemptResult[], endpoint: string) {
  return batch
    .filter(({ claim }) => claim.endpoint === endpoint)
    .map(({ outcome, beganAt, durationMs }) => ({ outcome, at: beganAt + durationMs }));
}

/**
 * Moves the deliveries and keeps the attempts, in one statement. A delivery that is no longer pending (its
 * lift changed hands meanwhile) keeps its state and gets the attempt all the same.
 */
async function writeAttempts(tx: Tx, batch: readonly AttemptResult[], now: Date): Promise<void> {
  const rows = batch.map((result) => ({ result, step: stepOf(result) }));
  const of = <T>(pick: (row: (typeof rows)[number]) => T): T[] => rows.map(pick);
  await sql`
    with given as (
      select * from unnest(
        ${of(({ result }) => result.claim.id)}::text[],
        ${of(({ step }) => step.state)}::text[],
        ${of(({ step }) => step.reason)}::text[],
        ${of(({ result }) => result.claim.tries)}::integer[],
        ${of(({ step }) => dueAt(step.waitMs, now))}::timestamptz[],
        ${of(({ result }) => new Date(result.beganAt))}::timestamptz[],
        ${of(({ result }) => result.durationMs)}::integer[],
        ${of(({ result }) => result.outcome)}::text[],
        ${of(({ result }) => result.status)}::integer[],
        ${of(({ result }) => storable(result.head))}::text[],
        ${of(({ result }) => storable(result.body))}::text[],
        ${of(({ result }) => storable(result.error))}::text[]
      ) as given (id, state, reason, tries, due_at, began_at, duration_ms, outcome, status, head, body, error)
    ),
    locked as (
      select delivery.id, delivery.state = 'pending' as open
      from webhook_delivery delivery join given on given.id = delivery.id
      order by delivery.id for no key update of delivery
    ),
    moved as (
      update webhook_delivery delivery set
        state = case when locked.open then given.state else delivery.state end,
        reason = case when locked.open then given.reason else delivery.reason end,
        tries = case when locked.open then given.tries else delivery.tries end,
        due_at = case when locked.open then coalesce(given.due_at, delivery.due_at) else delivery.due_at end,
        finished_at = case when locked.open and given.state <> 'pending' then ${now}::timestamptz
          else delivery.finished_at end,
        attempts = delivery.attempts + 1,
        claimed_until = null,
        first_attempt_at = coalesce(delivery.first_attempt_at, given.began_at),
        last_status = given.status
      from given join locked on locked.id = given.id
      where delivery.id = given.id
      returning delivery.id, delivery.attempts
    )
    insert into webhook_attempt
      (delivery, number, began_at, duration_ms, outcome, status, head, body, error)
    select given.id, moved.attempts, given.began_at, given.duration_ms, given.outcome, given.status,
      given.head, given.body, given.error
    from given join moved on moved.id = given.id`.execute(tx);
}

function stepOf({ claim, outcome, retryAfter }: AttemptResult) {
  const { id, schedule, tries } = claim;
  return decideAttempt({ id, schedule, tries, state: 'pending' }, outcome, retryAfter);
}

function dueAt(waitMs: number | null, now: Date): Date | null {
  return waitMs === null ? null : new Date(now.getTime() + waitMs);
}

function storable(text: string | null): string | null {
  return text === null ? null : storableText(text);
}
