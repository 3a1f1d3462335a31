import type { JournalBatch, JournalEntry, MessageEntry } from '#journal';
import type { InboundMessage } from '#mqtt';
import { nativeProfile } from '#protocol';
import { Clock } from '#runtime';
import { type KnownTerminal, TerminalRegistry } from './terminal-registry.js';

export const T0 = Date.UTC(2026, 0, 5, 8);

/** Moves when a test says so; timers and sleeps end on the way, or sleeps at once when they are `short`. */
export class ManualClock extends Clock {
  private readonly timers = new Set<{
    at: number;
    readonly everyMs: number | null;
    readonly run: () => void;
  }>();

  constructor(
    private nowMs = T0,
    private readonly short = false,
  ) {
    super();
  }

  now(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  every(everyMs: number, run: () => void): () => void {
    const timer = { at: this.nowMs + everyMs, everyMs, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.short || signal?.aborted) {
        setImmediate(resolve);
        return;
      }
      const timer = { at: this.nowMs + delayMs, everyMs: null, run: resolve };
      this.timers.add(timer);
      signal?.addEventListener('abort', () => this.timers.delete(timer) && resolve(), { once: true });
    });
  }

  /** How many wait in `sleep`. */
  get sleepers(): number {
    return [...this.timers].filter(({ everyMs }) => everyMs === null).length;
  }

  advance(ms: number): void {
    this.nowMs += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.nowMs) continue;
      if (timer.everyMs === null) this.timers.delete(timer);
      else timer.at = this.nowMs + timer.everyMs;
      timer.run();
    }
  }
}

/** Lets everything that is ready run. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Asks again every millisecond until it `holds`; about five seconds long. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let left = 4_000; left > 0; left--) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`Waited in vain for ${what}.`);
}

export class FixedRegistry extends TerminalRegistry {
  readonly terminals = new Map<string, KnownTerminal>();

  /** `T1` is bound to `LIFT-T1` unless `changes` says otherwise. */
  add(id: string, changes: Partial<KnownTerminal> = {}): this {
    const place = {
      lift: `LIFT-${id}`,
      district: '411330102',
      firm: 'f-1',
      address: '淮源大道1号',
      rescueCode: '300001',
    };
    const known = { id, profile: 'native-v1', ...place };
    this.terminals.set(id, { ...known, ...changes });
    return this;
  }

  override lookup(id: string): KnownTerminal | null {
    return this.terminals.get(id) ?? null;
  }
}

const READING = {
  v: 1,
  mode: 'normal',
  moving: false,
  floor: '3',
  doorState: 'closed',
  inDoorZone: true,
  safetyLoop: 'closed',
  occupied: false,
};

export interface Numbered {
  readonly boot?: string;
  readonly seq: number;
  readonly at?: number;
}

export function reading({ boot = 'b1', seq, at = T0 + seq * 1_000 }: Numbered, changes: object = {}): object {
  return { ...READING, boot, seq, at, ...changes };
}

export function event(
  { boot = 'b1', seq, at = T0 + seq * 1_000 }: Numbered,
  code: string,
  state: 'raised' | 'cleared',
  changes: object = {},
): object {
  return { v: 1, boot, seq, at, id: `e${seq}`, code, state, ...changes };
}

/** As the edge broker hands it over; `body` that is a string is sent as it is. */
export function inbound(
  terminal: string,
  name: string,
  body: object | string,
  changes: Partial<InboundMessage> = {},
): InboundMessage {
  return {
    clientId: terminal,
    topic: `lift/v1/${terminal}/${name}`,
    payload: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    qos: 1,
    receivedAt: T0,
    allowed: true,
    ...changes,
  };
}

/** As intake would journal it, nothing judged. */
export function entryOf(message: InboundMessage, changes: Partial<MessageEntry> = {}): MessageEntry {
  const terminal = message.clientId ?? '';
  const decoded = nativeProfile.decode(message.topic, message.payload);
  return {
    kind: 'message',
    receivedAt: message.receivedAt,
    topic: message.topic,
    payload: message.payload,
    source: { terminal, profile: 'native-v1', lift: `LIFT-${terminal}`, district: '411330' },
    clockOffsetMs: 0,
    clockSuspect: false,
    duplicates: [],
    refusal: decoded.ok ? null : { reason: decoded.reason, detail: decoded.detail },
    ...changes,
  };
}

/** `entries` with LSNs from `first` on. */
export function batchOf(first: number, ...entries: readonly JournalEntry[]): JournalBatch {
  return {
    entries: entries.map((entry, index) => ({ lsn: first + index, entry })),
    last: first + entries.length - 1,
  };
}
