import type { Clock } from '#runtime';
import type { AlarmAction } from './alarm-store.js';
import { type AlarmView, readAlarm } from './alarm-view.js';
import type { AlarmApi, ApiFailure } from './api-client.js';
import type { Json } from './http.js';
import { moment, record } from './read-json.js';
import { type SseEvent, SseParser } from './sse-parser.js';

/**
 * The server sends a heartbeat every 5 s: after this long without a byte the connection is given up.
 * Milliseconds.
 */
export const SILENCE_MAX_MS = 10_000;
export const RETRY_FIRST_MS = 500;
export const RETRY_MAX_MS = 5_000;
/**
 * Open alarms taken at most; beyond it the page says that it does not show all. 5,000 is what it is made for.
 */
export const OPEN_MAX = 20_000;

export interface FeedStatus {
  /** A stream is open and its list has come. */
  readonly connected: boolean;
  /** When the last byte of a stream came; ms since 1970 UTC; null before the first. */
  readonly heardAt: number | null;
  readonly startedAt: number;
  /** Why the last try failed, if the server gave a reason. */
  readonly failure: ApiFailure | null;
  /** Items that could not be read as alarms: they are missing from the page, so it says so. */
  readonly unreadable: number;
  /** Since when the server's records database has not answered; ms since 1970 UTC, null while it does. */
  readonly recordsFailingSince: number | null;
}

/** Before the first try. */
export function newFeedStatus(startedAt: number): FeedStatus {
  return {
    connected: false,
    heardAt: null,
    startedAt,
    failure: null,
    unreadable: 0,
    recordsFailingSince: null,
  };
}

export interface FeedListener {
  onAlarms(action: AlarmAction): void;
  onStatus(status: FeedStatus): void;
  /** The key is wrong or revoked: the feed has stopped. */
  onUnauthorized(): void;
}

/** Pause before try number `failures` + 1 (from 0); milliseconds: 0.5, 1, 2, 4, 5, 5 … */
export function retryDelayMs(failures: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 10));
}

/**
 * Keeps the page's alarms equal to the server's: the stream first, then the list, then what the stream said
 * while the list was read. An event is applied by its alarm's version, so neither order nor repetition
 * matters.
 */
export class AlarmFeed {
  readonly #api: AlarmApi;
  readonly #clock: Clock;
  readonly #listener: FeedListener;
  #stopped = new AbortController();
  #status: FeedStatus;
  /** Where to resume; null asks for a fresh start with a list. */
  #cursor: string | null = null;
  /**
   * Newest version of each alarm heard of while a list is read; null when none is. Bounded by the alarms
   * there are.
   */
  #heard: Map<string, AlarmView> | null = null;
  #connection = new AbortController();
  /** Each list has its number: an older one that comes late is dropped. */
  #listNumber = 0;

  constructor(api: AlarmApi, clock: Clock, listener: FeedListener) {
    this.#api = api;
    this.#clock = clock;
    this.#listener = listener;
    this.#status = newFeedStatus(0);
  }

  /** Runs until `stop` or a refused key. Call once. */
  async run(): Promise<void> {
    this.#setStatus({ startedAt: this.#clock.now() });
    const stopped = this.#stopped.signal;
    let failures = 0;
    while (!stopped.aborted) {
      const greeted = await this.#connect();
      if (stopped.aborted) return;
      this.#setStatus({ connected: false });
      if (this.#status.failure?.reason === 'unauthorized') {
        this.stop();
        this.#listener.onUnauthorized();
        return;
      }
      failures = greeted ? 0 : failures + 1;
      await this.#clock.sleep(retryDelayMs(Math.max(0, failures - 1)), stopped);
    }
  }

  stop(): void {
    this.#stopped.abort();
    this.#connection.abort();
  }

  /**
   * Reads the whole list again, on a new connection: for when a row may be stale and cannot be read by
   * itself.
   */
  resync(): void {
    this.#cursor = null;
    this.#connection.abort();
  }

  /**
   * One connection from open to end. True when the server greeted us: then the next try is the first again.
   */
  async #connect(): Promise<boolean> {
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    let lastByteAt = this.#clock.now();
    const unwatch = this.#clock.every(1_000, () => {
      if (this.#clock.now() - lastByteAt >= SILENCE_MAX_MS) this.#connection.abort();
    });
    let greeted = false;
    try {
      const opened = await this.#api.openStream(this.#cursor, signal);
      if (!opened.ok) {
        if (!signal.aborted) this.#setStatus({ failure: opened });
        return false;
      }
      if (this.#cursor === null) this.#heard = new Map();
      for await (const events of readEvents(opened.value, signal)) {
        lastByteAt = this.#clock.now();
        if (events.length > 0) greeted = true;
        this.#take(events, lastByteAt);
      }
    } catch {
      // Cut off, aborted, or not our stream: all end in a new try.
    } finally {
      unwatch();
      this.#connection.abort();
      // The list never came: events up to the cursor are not in the page, so the next start is a fresh one.
      if (this.#heard !== null) this.#cursor = null;
      this.#heard = null;
      this.#listNumber += 1;
    }
    return greeted;
  }

  #take(events: readonly SseEvent[], now: number): void {
    const changes: AlarmView[] = [];
    for (const event of events) {
      if (event.event === 'hello') this.#greet(event);
      else if (event.event === 'heartbeat') this.#beat(event);
      else if (event.event === 'reset') this.#restart(event);
      else if (event.event.startsWith('alarm.')) {
        const alarm = this.#readEvent(event);
        if (alarm !== null && this.#heard !== null) keepNewest(this.#heard, alarm);
        else if (alarm !== null) changes.push(alarm);
      }
      // The greeting and the reset name the head, which lies beyond events still to come on a resumed stream.
      const orderly = event.event !== 'hello' && event.event !== 'reset';
      if (orderly && event.id) this.#cursor = event.id;
    }
    if (changes.length > 0) this.#listener.onAlarms({ type: 'changes', alarms: changes, at: now });
    this.#setStatus({ heardAt: now, connected: this.#heard === null, failure: null });
  }

  #greet(event: SseEvent): void {
    if (this.#heard === null) return;
    this.#cursor = headOf(event);
    this.#list();
  }

  #beat(event: SseEvent): void {
    this.#setStatus({ recordsFailingSince: moment(dataOf(event)?.recordsFailingSince) });
  }

  #restart(event: SseEvent): void {
    this.#heard = new Map();
    this.#cursor = headOf(event);
    this.#list();
  }

  #list(): void {
    this.#listNumber += 1;
    const number = this.#listNumber;
    const connection = this.#connection;
    void readOpenAlarms(this.#api, connection.signal).then((listed) => {
      if (number !== this.#listNumber || connection.signal.aborted || this.#heard === null) return;
      if (!listed.ok) {
        this.#setStatus({ failure: listed });
        connection.abort();
        return;
      }
      const alarms = new Map(listed.value.alarms.map((alarm) => [alarm.id, alarm]));
      for (const alarm of this.#heard.values()) keepNewest(alarms, alarm);
      this.#heard = null;
      const { truncated, unreadable } = listed.value;
      const at = this.#clock.now();
      this.#listener.onAlarms({ type: 'snapshot', alarms: [...alarms.values()], truncated, at });
      this.#setStatus({ connected: true, failure: null, unreadable });
    });
  }

  #readEvent(event: SseEvent): AlarmView | null {
    const alarm = readAlarm(dataOf(event)?.alarm);
    if (alarm === null) this.#setStatus({ unreadable: this.#status.unreadable + 1 });
    return alarm;
  }

  #setStatus(change: Partial<FeedStatus>): void {
    this.#status = { ...this.#status, ...change };
    if (!this.#stopped.signal.aborted) this.#listener.onStatus(this.#status);
  }
}

interface OpenAlarms {
  readonly alarms: readonly AlarmView[];
  readonly truncated: boolean;
  readonly unreadable: number;
}

async function readOpenAlarms(
  api: AlarmApi,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly value: OpenAlarms } | ApiFailure> {
  const alarms: AlarmView[] = [];
  let unreadable = 0;
  let cursor: string | null = null;
  do {
    const page = await api.listAlarms({ open: true, cursor }, signal);
    if (!page.ok) return page;
    alarms.push(...page.value.items);
    unreadable += page.value.unreadable;
    cursor = page.value.next;
  } while (cursor !== null && alarms.length + unreadable < OPEN_MAX);
  return { ok: true, value: { alarms, truncated: cursor !== null, unreadable } };
}

async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<SseEvent[]> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) return;
      yield parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function keepNewest(alarms: Map<string, AlarmView>, alarm: AlarmView): void {
  const held = alarms.get(alarm.id);
  if (held === undefined || held.version < alarm.version) alarms.set(alarm.id, alarm);
}

/**
 * Where the stream stands: the event's id, else the head it names; null when the server does not say (then a
 * lost stream starts afresh).
 */
function headOf(event: SseEvent): string | null {
  if (event.id) return event.id;
  const head = dataOf(event)?.head;
  return typeof head === 'number' || typeof head === 'string' ? String(head) : null;
}

/** Null when it is no JSON object. */
function dataOf(event: SseEvent): Json | null {
  try {
    return record(JSON.parse(event.data));
  } catch {
    return null;
  }
}
