import { type DecodedItem, type FaultKind, isFaultKind, type LiftSample } from '#protocol';
import type { FaultEffect } from './events.js';
import { type LiftState, newLiftState } from './lift-state.js';
import { needsTicks, step, tick } from './step.js';

export const T0 = Date.UTC(2026, 0, 5, 8);
export const NATIVE = 'native-v1';

export const STANDING: LiftSample = {
  mode: 'normal',
  direction: 'none',
  moving: false,
  floor: '3',
  doorState: 'closed',
  inDoorZone: true,
  doorLock: 'closed',
  safetyLoop: 'closed',
  occupied: false,
  speed: 0,
  levelErrorMm: 2,
  loadPercent: 0,
  powerState: 'mains',
  tripCount: null,
  doorCycleCount: null,
  temperature: null,
  vibration: null,
  extra: null,
};
export const OPEN: Partial<LiftSample> = { doorState: 'open', safetyLoop: 'open', doorLock: 'open' };
export const STUCK: Partial<LiftSample> = { inDoorZone: false, levelErrorMm: null, occupied: true };
export const RUNNING: Partial<LiftSample> = {
  moving: true,
  inDoorZone: false,
  levelErrorMm: null,
  speed: 1.5,
};

export interface Sent {
  readonly boot?: string;
  readonly seq?: number;
  readonly stored?: boolean;
  /** Seconds from T0 at which it reaches us; default = the moment it speaks of. */
  readonly received?: number;
  /** Raw terminal clock, ms. */
  readonly rawAt?: number | null;
  /** Default = `T7`. */
  readonly terminal?: string;
  /** Of an event; default = `e` and its seq. */
  readonly id?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A lift's story in seconds from T0. */
export class Story {
  state: LiftState = newLiftState('L7');
  readonly log: { readonly at: number; readonly effect: FaultEffect }[] = [];
  private seq = 0;
  private lsn = 0;

  sample(at: number, changes: Partial<LiftSample> = {}, sent: Sent = {}): this {
    return this.items(at, sent, (origin) => [
      { type: 'sample', origin, sample: { ...STANDING, ...changes } },
    ]);
  }

  event(at: number, code: string, state: 'raised' | 'cleared', sent: Sent = {}): this {
    const kind = kindOf(code);
    return this.items(at, sent, (origin) => [
      {
        type: 'fault-report',
        origin: { ...origin, id: sent.id ?? `e${origin.seq}` },
        report: { profile: NATIVE, code, kind, state, detail: sent.detail ?? null },
      },
    ]);
  }

  snapshot(at: number, codes: readonly string[], sent: Sent = {}): this {
    return this.items(at, sent, (origin) => [
      {
        type: 'snapshot',
        origin,
        snapshot: { profile: NATIVE, active: codes.map((code) => ({ code, kind: kindOf(code) })) },
      },
    ]);
  }

  status(at: number, online: boolean): this {
    return this.items(at, {}, (origin) => [
      { type: 'status', origin: { ...origin, seq: null, at: null }, online },
    ]);
  }

  /** One message with several samples, oldest first. */
  batch(
    received: number,
    stored: boolean,
    readings: readonly (readonly [number, Partial<LiftSample>])[],
  ): this {
    const items: DecodedItem[] = readings.map(([at, changes]) => ({
      type: 'sample',
      origin: { boot: 'b1', seq: ++this.seq, id: null, at: T0 + at * 1_000, stored },
      sample: { ...STANDING, ...changes },
    }));
    return this.message(received, items);
  }

  /** Every second from `from` to `to`. */
  each(from: number, to: number, changes: (at: number) => Partial<LiftSample>): this {
    for (let at = from; at <= to; at++) this.sample(at, changes(at));
    return this;
  }

  ticks(from: number, to: number): this {
    for (let at = from; at <= to; at++) {
      if (!needsTicks(this.state, T0 + at * 1_000)) continue;
      const result = tick(this.state, T0 + at * 1_000);
      this.keep(at, result);
    }
    return this;
  }

  types(): string[] {
    return this.log.map(
      ({ effect }) => `${effect.type} ${'fault' in effect ? effect.fault.kind : effect.kind}`,
    );
  }

  raisedAfter(kind: string): number | undefined {
    return this.log.find(({ effect }) => effect.type === 'fault.raised' && effect.fault.kind === kind)?.at;
  }

  last(): FaultEffect | undefined {
    return this.log.at(-1)?.effect;
  }

  private items(at: number, sent: Sent, make: (origin: DecodedItem['origin']) => DecodedItem[]): this {
    this.seq = sent.seq ?? this.seq + 1;
    const rawAt = sent.rawAt === undefined ? T0 + at * 1_000 : sent.rawAt;
    const origin = {
      boot: sent.boot ?? 'b1',
      seq: this.seq,
      id: null,
      at: rawAt,
      stored: sent.stored ?? false,
    };
    return this.message(sent.received ?? at, make(origin), sent.terminal);
  }

  private message(received: number, items: readonly DecodedItem[], terminal = 'T7'): this {
    const result = step(this.state, {
      terminal,
      lsn: ++this.lsn,
      receivedAt: T0 + received * 1_000,
      clockOffsetMs: 0,
      items,
      duplicates: [],
    });
    this.keep(received, result);
    return this;
  }

  private keep(at: number, result: { state: LiftState; effects: readonly FaultEffect[] }): void {
    this.state = result.state;
    for (const effect of result.effects) this.log.push({ at, effect });
  }
}

/** Native codes are the kinds' names; `Lock/…` stands for a vendor's three words for one entrapment. */
export function kindOf(code: string): FaultKind {
  if (code.startsWith('Lock/')) return 'entrapment';
  return isFaultKind(code) ? code : 'unknown';
}

export const story = () => new Story();
