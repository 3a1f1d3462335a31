import { setTimeout as sleep } from 'node:timers/promises';
import type { Carried } from './carried.js';
import {
  ChangeCount,
  changeText,
  explains,
  type FaultChange,
  type FaultSeen,
  faultChanges,
} from './fault-changes.js';
import type { AlarmSeen, PlatformReader, QuarantineSeen } from './platform-reader.js';

/** A terminal and the lift whose faults it reports. */
export interface Watched {
  readonly terminal: string;
  readonly lift: string;
}

const LOOK_EVERY_MS = 25;
/** Readings looked at one by one; of more only their number is told, at the end. */
const SAMPLES_MAX = 200;
const STILL_EVERY_MS = 100;
const STILL_WAIT_MS = 15_000;

export interface WatchTimes {
  /** How long an effect is looked for before "nothing" is said; a database under load answers within. */
  readonly lookMs: number;
  /** At the end everything must have stood still for so long. */
  readonly stillMs: number;
}
const TIMES: WatchTimes = { lookMs: 2_000, stillMs: 1_000 };

/** What one message changed, and what changed meanwhile that it does not explain. */
export interface Effect {
  readonly text: string;
  readonly also: readonly FaultChange[];
}

/** What all messages to one lift came to; `quarantined` is null when the key may not see it. */
export interface Totals {
  readonly changes: ChangeCount;
  readonly open: number;
  readonly quarantined: number | null;
  readonly alarms: readonly AlarmSeen[];
  readonly points: number;
  readonly statistics: number;
}

/**
 * What the platform made of one terminal's messages, read from its API between one message and the next: so
 * a change is told of the message that was sent last, if that reports the fault's code or kind. A change that
 * comes later, or has another cause, is told apart, and counts in the totals only.
 */
export class EffectWatch {
  private faults: ReadonlyMap<string, FaultSeen> = new Map();
  private refused: ReadonlySet<number> | null = new Set();
  private liveReceivedAt: string | null = null;
  private statistics: ReadonlyMap<string, string> = new Map();
  private alarmsBefore: ReadonlySet<string> = new Set();
  private touched = new Set<string>();
  private readonly changes = new ChangeCount();
  private quarantined = 0;
  private statisticsStored = 0;
  private pointsBefore = 0;
  private samplesLooked = 0;

  constructor(
    private readonly reader: PlatformReader,
    readonly of: Watched,
    private readonly times: WatchTimes = TIMES,
  ) {}

  /** Reads how things stand before the first message. */
  async begin(): Promise<void> {
    const { reader } = this;
    const { lift, terminal } = this.of;
    this.faults = byId(await reader.faults(lift));
    this.alarmsBefore = new Set((await reader.alarms(lift)).map(({ id }) => id));
    this.refused = idsOf(await reader.quarantine(terminal));
    this.liveReceivedAt = await reader.liveReceivedAt(lift);
    this.statistics = await reader.statistics(lift, terminal);
    this.pointsBefore = await reader.points(lift, terminal);
  }

  /** Looks until the effect of the message just sent is seen, or long enough. */
  async effectOf(carried: Carried, topic: string): Promise<Effect> {
    const deadline = performance.now() + this.times.lookMs;
    const also: FaultChange[] = [];
    for (;;) {
      const changes = await this.newChanges();
      const own = changes.filter(({ fault }) => explains(carried, fault));
      also.push(...changes.filter((change) => !own.includes(change)));
      const text = own.length > 0 ? own.map(changeText).join(', ') : await this.otherEffect(carried, topic);
      if (text !== null) return { text, also };
      if (performance.now() >= deadline) return { text: this.nothing(carried), also };
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Waits until nothing changes any more, and says what all messages together came to. */
  async totals(): Promise<Totals> {
    const { lift, terminal } = this.of;
    const alarms = await this.untilStill();
    const faults = [...this.faults.values()].filter(({ id }) => this.touched.has(id));
    return {
      changes: this.changes,
      open: faults.filter(({ state }) => state === 'open').length,
      quarantined: this.refused === null ? null : this.quarantined,
      alarms: alarms.filter(({ id }) => !this.alarmsBefore.has(id)),
      points: (await this.reader.points(lift, terminal)) - this.pointsBefore,
      statistics: this.statisticsStored,
    };
  }

  private async newChanges(): Promise<readonly FaultChange[]> {
    const faults = await this.reader.faults(this.of.lift);
    const changes = faultChanges(this.faults, faults);
    this.faults = byId(faults);
    this.changes.add(changes);
    for (const { fault } of changes) this.touched.add(fault.id);
    return changes;
  }

  /** What else the message may have come to; null when it is not seen yet. */
  private async otherEffect(carried: Carried, topic: string): Promise<string | null> {
    const refused = (await this.newRefusals()).find((each) => each.topic === topic);
    if (refused !== undefined) return `quarantined: ${refused.reason}, ${refused.detail}`;
    if (this.refused === null && carried.what === 'nothing-readable') return UNSEEN_REFUSAL;
    switch (carried.what) {
      case 'samples':
        return this.newSample();
      case 'statistics':
        return this.newStatistics();
      case 'time-request':
        return 'time request: the answer tells the time';
      case 'notice':
      case 'status':
        return `${carried.what}: raises no fault`;
      default:
        return null;
    }
  }

  private async newRefusals(): Promise<readonly QuarantineSeen[]> {
    if (this.refused === null) return [];
    const known = this.refused;
    const rows = await this.reader.quarantine(this.of.terminal);
    const fresh = (rows ?? []).filter(({ id }) => !known.has(id));
    this.refused = idsOf(rows);
    this.quarantined += fresh.length;
    return fresh;
  }

  private async newSample(): Promise<string | null> {
    if (this.samplesLooked >= SAMPLES_MAX) return 'sample: counted at the end';
    const receivedAt = await this.reader.liveReceivedAt(this.of.lift);
    if (receivedAt === this.liveReceivedAt) return null;
    this.liveReceivedAt = receivedAt;
    this.samplesLooked += 1;
    return 'sample: the live state of the lift';
  }

  private async newStatistics(): Promise<string | null> {
    const { lift, terminal } = this.of;
    const now = await this.reader.statistics(lift, terminal);
    const [period] = [...now].find(([start, at]) => this.statistics.get(start) !== at) ?? [];
    this.statistics = now;
    if (period === undefined) return null;
    this.statisticsStored += 1;
    return `statistics stored: of the period from ${period}`;
  }

  private nothing(carried: Carried): string {
    const stays =
      carried.what === 'reports' && carried.reports.some(({ state }) => state === 'cleared')
        ? [...this.faults.values()].find((fault) => fault.state === 'open' && explains(carried, fault))
        : undefined;
    if (stays !== undefined) return `nothing changed: ${stays.kind} (${stays.code}) stays open`;
    return `nothing seen within ${this.times.lookMs / 1_000} s`;
  }

  private async untilStill(): Promise<readonly AlarmSeen[]> {
    const deadline = performance.now() + STILL_WAIT_MS;
    let seen = '';
    let since = performance.now();
    for (;;) {
      await this.newChanges();
      await this.newRefusals();
      const alarms = await this.reader.alarms(this.of.lift);
      const now = JSON.stringify([[...this.faults.values()], alarms, this.quarantined]);
      if (now !== seen) since = performance.now();
      seen = now;
      if (performance.now() - since >= this.times.stillMs || performance.now() >= deadline) return alarms;
      await sleep(STILL_EVERY_MS);
    }
  }
}

const UNSEEN_REFUSAL = 'cannot be read; this key may not see whether it was quarantined';

const byId = (faults: readonly FaultSeen[]) => new Map(faults.map((fault) => [fault.id, fault]));

const idsOf = (rows: readonly QuarantineSeen[] | null) =>
  rows === null ? null : new Set(rows.map(({ id }) => id));
