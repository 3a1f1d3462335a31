import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { sql } from 'kysely';
import { Records } from '#records';
import { Clock } from '#runtime';
import { AttemptResults } from './attempt-results.js';
import { Courier } from './courier.js';
import { CLAIM_ENDPOINTS_MAX, CLAIM_MAX, type Claim, DeliveryQueue } from './delivery-queue.js';
import { PUBLISH_LOCK } from './event-rows.js';
import { SenderWakes } from './sender-wakes.js';
import { WebhookMetrics } from './webhook-metrics.js';

/**
 * Attempts under way at once in this process: 500 endpoints that hang with their four each, and a socket an
 * attempt.
 */
export const IN_FLIGHT_MAX = 2_000;
/** How often due retries, and deliveries that another process wrote, are looked for. */
const SWEEP_MS = 250;
const BACK_OFF_MS = 500;
/** An endpoint whose row another process holds is asked for again so soon, so often; then by the sweep. */
const PASSED_MS = 15;
const PASSED_MAX = 4;
/** How long what is under way may still end when the process stops. */
const STOP_MS = 3_000;

/** What the sender works with. */
@Injectable()
export class SenderParts {
  constructor(
    readonly queue: DeliveryQueue,
    readonly courier: Courier,
    readonly results: AttemptResults,
    readonly wakes: SenderWakes,
    readonly metrics: WebhookMetrics,
  ) {}
}

/**
 * Sends what is due: claims, posts outside of any transaction, records. Several processes may do so on one
 * database. Woken by what this process writes, and by a sweep for the rest.
 */
@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Webhooks');
  private readonly stopping = new AbortController();
  private readonly aborting = new AbortController();
  private readonly inFlight = new Map<string, { readonly claim: Claim; readonly ended: Promise<void> }>();
  /** Attempts under way by endpoint, and those endpoints that were woken meanwhile. */
  private readonly busy = new Map<string, number>();
  private readonly again = new Set<string>();
  /** How often in a row an endpoint was passed over. */
  private readonly passed = new Map<string, number>();
  private readonly loops: Promise<void>[] = [];
  private wake: () => void = () => undefined;
  private wakeListener: () => void = () => undefined;
  private woken = false;
  private sweepAfter = '';
  private sweepDue = true;

  constructor(
    private readonly parts: SenderParts,
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.parts.metrics.watchQueues(this.records);
    this.parts.metrics.inFlight(0, IN_FLIGHT_MAX);
    const listening = this.untilAnnounced();
    this.loops.push(listening, this.sweepTimer(), this.run());
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.parts.wakes.onWake(null);
    this.stir();
    await Promise.all(this.loops);
    const limit = this.clock.sleep(STOP_MS, this.aborting.signal).then(() => this.aborting.abort());
    await Promise.all([...this.inFlight.values()].map(({ ended }) => ended));
    this.aborting.abort();
    await limit;
    this.parts.courier.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = false;
      try {
        await this.claimReady();
        if (this.sweepDue) await this.sweep();
      } catch (error) {
        this.parts.metrics.failed('claim');
        this.log.warn(`Could not claim deliveries, trying again: ${String(error)}`);
        await this.clock.sleep(BACK_OFF_MS, this.stopping.signal);
      }
      await this.untilWoken();
    }
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.woken || this.stopping.signal.aborted) resolve();
    });
  }

  private stir(): void {
    this.woken = true;
    this.wake();
    this.wakeListener();
  }

  private async sweepTimer(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.clock.sleep(SWEEP_MS, this.stopping.signal);
      this.sweepDue = true;
      this.stir();
    }
  }

  /**
   * Deliveries are announced before they are committed: the publishing lock, asked for after the
   * announcement, is had right after that commit.
   */
  private async untilAnnounced(): Promise<void> {
    this.parts.wakes.onWake(() => this.stir());
    while (!this.stopping.signal.aborted) {
      const endpoints = this.parts.wakes.takeAnnounced();
      if (endpoints.length === 0) {
        await new Promise<void>((resolve) => {
          this.wakeListener = resolve;
        });
        continue;
      }
      await sql`select pg_advisory_xact_lock_shared(${PUBLISH_LOCK})`
        .execute(this.records.db)
        .catch(() => this.parts.metrics.failed('claim'));
      this.parts.wakes.now(endpoints);
    }
  }

  private async claimReady(): Promise<void> {
    const ready = this.parts.wakes.takeReady();
    for (let place = 0; place < ready.length; place += CLAIM_ENDPOINTS_MAX) {
      await this.claimAll(ready.slice(place, place + CLAIM_ENDPOINTS_MAX));
    }
  }

  /** Goes round the endpoints, on from where it stopped for want of room. */
  private async sweep(): Promise<void> {
    this.sweepDue = false;
    for (;;) {
      if (this.room() === 0 || this.stopping.signal.aborted) return;
      const endpoints = await this.parts.queue.dueEndpoints(this.sweepAfter);
      if (endpoints.length > 0) await this.claimAll(endpoints);
      this.sweepAfter = endpoints.length < CLAIM_ENDPOINTS_MAX ? '' : (endpoints.at(-1) ?? '');
      if (this.sweepAfter === '') return;
    }
  }

  private room(): number {
    return Math.min(CLAIM_MAX, IN_FLIGHT_MAX - this.inFlight.size);
  }

  private async claimAll(endpoints: readonly string[]): Promise<void> {
    const room = this.room();
    for (const endpoint of endpoints) if (this.busy.has(endpoint)) this.again.add(endpoint);
    // The sweep finds them when there is room again.
    if (room === 0) return;
    const crowded = this.inFlight.size > IN_FLIGHT_MAX / 2;
    const { claims, passedOver } = await this.parts.queue.claim(endpoints, room, crowded);
    for (const claim of claims) this.start(claim);
    this.askAgain(endpoints, passedOver);
  }

  /** Another process has an endpoint's row for a moment: the sweep would be a long wait. */
  private askAgain(asked: readonly string[], passedOver: readonly string[]): void {
    const missed = new Set(passedOver);
    for (const endpoint of asked) if (!missed.has(endpoint)) this.passed.delete(endpoint);
    const again = passedOver.filter((endpoint) => {
      const times = (this.passed.get(endpoint) ?? 0) + 1;
      if (times > PASSED_MAX) this.passed.delete(endpoint);
      else this.passed.set(endpoint, times);
      return times <= PASSED_MAX;
    });
    if (again.length === 0) return;
    const later = this.clock.sleep(PASSED_MS, this.stopping.signal);
    later.then(
      () => this.parts.wakes.now(again),
      () => undefined,
    );
  }

  private start(claim: Claim): void {
    // Its lease ran out while the database could not be told: what came of it is still to be written.
    if (this.inFlight.has(claim.id)) return;
    this.busy.set(claim.endpoint, (this.busy.get(claim.endpoint) ?? 0) + 1);
    const ended = this.deliver(claim)
      .catch((error: unknown) => {
        this.parts.metrics.failed('record');
        this.log.error(`Delivery ${claim.id} is tried again when its lease ends: ${String(error)}`);
      })
      .finally(() => this.ended(claim));
    this.inFlight.set(claim.id, { claim, ended });
    this.parts.metrics.inFlight(this.inFlight.size, IN_FLIGHT_MAX);
  }

  private async deliver(claim: Claim): Promise<void> {
    const result = await this.parts.courier.attempt(claim, this.aborting.signal);
    const { outcome, beganAt, durationMs } = result;
    // Ended by our own stop: nothing is known of it, and another process may have it at once.
    if (this.aborting.signal.aborted && outcome === 'timeout') return this.parts.queue.release([claim.id]);
    const latency = claim.isFirst ? Math.max(0, beganAt - claim.recordedAt) / 1_000 : null;
    this.parts.metrics.attempted(claim.endpoint, outcome, durationMs / 1_000, latency);
    await this.parts.results.record(result, this.aborting.signal);
  }

  private ended(claim: Claim): void {
    this.inFlight.delete(claim.id);
    this.parts.metrics.inFlight(this.inFlight.size, IN_FLIGHT_MAX);
    const left = (this.busy.get(claim.endpoint) ?? 1) - 1;
    if (left > 0) this.busy.set(claim.endpoint, left);
    else this.busy.delete(claim.endpoint);
    if (this.again.delete(claim.endpoint) || claim.limited) this.parts.wakes.now([claim.endpoint]);
  }
}
