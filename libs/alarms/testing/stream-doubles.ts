import type { EventType } from '#domain';
import { type LogEvent, Records } from '#records';
import { Clock } from '#runtime';
import type { StreamOutput } from '../alarm-stream.js';

/** Time stands until the test moves it; `advance` also calls what is due. */
export class VirtualClock extends Clock {
  private time = 1_700_000_000_000;
  private due: { at: number; every: number | null; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  monotonicMs(): number {
    return this.time;
  }

  every(intervalMs: number, run: () => void): () => void {
    return this.add(intervalMs, intervalMs, run);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.add(delayMs, null, resolve);
      signal?.addEventListener('abort', () => {
        stop();
        resolve();
      });
    });
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of this.due.filter((t) => t.at <= this.time)) {
      if (timer.every === null) this.due = this.due.filter((t) => t !== timer);
      else timer.at += timer.every;
      timer.run();
    }
  }

  private add(delayMs: number, every: number | null, run: () => void): () => void {
    const timer = { at: this.time + delayMs, every, run };
    this.due.push(timer);
    return () => {
      this.due = this.due.filter((t) => t !== timer);
    };
  }
}

/** The log in memory. `slow` decides when an answer that was read arrives. */
export class MemoryRecords extends Records {
  readonly log: LogEvent[] = [];
  reads = 0;
  /** As a stopped database: every read fails. */
  broken = false;
  /** Ids start after this many events that are not kept any more. */
  forgotten = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly slow: <T>(answer: T) => Promise<T> = (answer) => Promise.resolve(answer)) {
    super();
  }

  get db(): never {
    throw new Error('the live stream reads the log only');
  }

  write(): never {
    throw new Error('the live stream writes nothing');
  }

  readEvents(after: number, limit: number): Promise<readonly LogEvent[]> {
    this.reads += 1;
    if (this.broken) return Promise.reject(new Error('the database is stopped'));
    return this.slow(this.log.filter((event) => event.id > after).slice(0, limit));
  }

  headEventId(): Promise<number> {
    return this.slow(this.log.at(-1)?.id ?? this.forgotten);
  }

  onEvents(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  append(type: EventType, firm = 'A', data: Record<string, unknown> = {}): void {
    const id = this.forgotten + this.log.length + 1;
    this.log.push({ id, type, lift: 'L1', district: '330922', firm, recordedAt: 0, data });
    for (const listener of this.listeners) listener();
  }
}

/** A client's end of the wire. */
export class Wire implements StreamOutput {
  text = '';
  writableLength = 0;
  finished: 'ended' | 'destroyed' | null = null;
  reads = true;
  private drain: () => void = () => undefined;

  write(text: string): boolean {
    if (this.finished) throw new Error('written after the end');
    this.text += text;
    if (!this.reads) this.writableLength += Buffer.byteLength(text);
    return this.reads;
  }

  end(): void {
    this.finished = 'ended';
  }

  destroy(): void {
    this.finished = 'destroyed';
  }

  once(_event: 'drain', listener: () => void): void {
    this.drain = listener;
  }

  readAll(): void {
    this.writableLength = 0;
    this.drain();
  }

  get events(): readonly { id: number | null; event: string; data: Record<string, unknown> }[] {
    return this.text
      .split('\n\n')
      .filter((block) => block !== '')
      .map((block) => {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const id = field('id');
        return {
          id: id === undefined ? null : Number(id),
          event: field('event') ?? '',
          data: JSON.parse(field('data') ?? '{}'),
        };
      });
  }

  get alarmIds(): readonly (number | null)[] {
    return this.events.filter(({ event }) => event.startsWith('alarm.')).map(({ id }) => id);
  }
}
