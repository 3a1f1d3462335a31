import type { Clock } from '#runtime';
import type { AlarmView } from './alarm-view.js';
import type { AlarmApi, AlarmPage, ApiFailure, ApiResult } from './api-client.js';

/** Time stands still but for `pass`; a sleep ends when its time has passed. */
export class StillClock implements Clock {
  #now = 1_000_000;
  #sleeps: { readonly until: number; readonly wake: () => void }[] = [];
  readonly #ticks = new Set<{ readonly everyMs: number; readonly run: () => void; next: number }>();
  readonly slept: number[] = [];
  now = () => this.#now;
  monotonicMs = () => this.#now;

  every(everyMs: number, run: () => void): () => void {
    const tick = { everyMs, run, next: this.#now + everyMs };
    this.#ticks.add(tick);
    return () => this.#ticks.delete(tick);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(delayMs);
    return new Promise((wake) => {
      this.#sleeps.push({ until: this.#now + delayMs, wake });
      signal?.addEventListener('abort', () => wake());
    });
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const tick of [...this.#ticks]) {
      for (; tick.next <= this.#now; tick.next += tick.everyMs) tick.run();
    }
    const due = this.#sleeps.filter((sleep) => sleep.until <= this.#now);
    this.#sleeps = this.#sleeps.filter((sleep) => sleep.until > this.#now);
    for (const sleep of due) sleep.wake();
    await settle();
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export const UNREACHABLE: ApiFailure = { ok: false, reason: 'unreachable', status: null, detail: null };

/** A server of one client: `send` writes to the open stream, `answerList` answers the oldest waiting list. */
export class FakeServer {
  readonly resumedFrom: (string | null)[] = [];
  readonly listCursors: (string | null)[] = [];
  refuse: ApiFailure | null = null;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #lists: ((result: ApiResult<AlarmPage>) => void)[] = [];
  readonly #encoder = new TextEncoder();

  readonly api: AlarmApi = {
    openStream: async (lastEventId) => {
      this.resumedFrom.push(lastEventId);
      if (this.refuse !== null) return this.refuse;
      const value = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#stream = controller;
        },
      });
      return { ok: true, value };
    },
    listAlarms: (query) => {
      this.listCursors.push(query.cursor ?? null);
      return new Promise((answer) => void this.#lists.push(answer));
    },
    readAlarm: async () => UNREACHABLE,
    acknowledge: async () => UNREACHABLE,
    close: async () => UNREACHABLE,
  };

  async send(event: string, data: unknown, id?: number): Promise<void> {
    const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#stream?.enqueue(this.#encoder.encode(text));
    await settle();
  }

  async alarm(alarm: AlarmView, id: number): Promise<void> {
    await this.send('alarm.updated', { type: 'alarm.updated', alarm }, id);
  }

  async answerList(items: AlarmView[], next: string | null = null, unreadable = 0): Promise<void> {
    this.#lists.shift()?.({ ok: true, value: { items, next, unreadable } });
    await settle();
  }

  async failList(): Promise<void> {
    this.#lists.shift()?.(UNREACHABLE);
    await settle();
  }

  async cut(): Promise<void> {
    this.#stream?.close();
    await settle();
  }
}
