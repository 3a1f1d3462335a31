import type { AlarmView } from '../alarm-view.js';

export interface Told {
  readonly id: string | null;
  readonly event: string;
  readonly data: { head?: number; type?: string; alarm?: AlarmView };
}

/** A client of the live stream. */
export class Follower {
  readonly told: Told[] = [];
  private more: () => void = () => undefined;
  ended = false;

  private constructor(
    readonly headers: Headers,
    private readonly stop: AbortController,
  ) {}

  /** Opens the stream and waits for its greeting. `url` is that of the stream. */
  static async open(url: string, key: string, lastEventId?: string): Promise<Follower> {
    const stop = new AbortController();
    const response = await fetch(url, {
      signal: stop.signal,
      headers: {
        authorization: `Bearer ${key}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    if (response.status !== 200) throw new Error(`The stream answered ${response.status}`);
    const follower = new Follower(response.headers, stop);
    follower.read(response).catch(() => undefined);
    await follower.until((told) => told.event === 'hello');
    return follower;
  }

  /** The first event that fits, waiting for it at most 10 s. */
  async until(fits: (told: Told) => boolean): Promise<Told> {
    const deadline = AbortSignal.timeout(10_000);
    for (;;) {
      const found = this.told.find(fits);
      if (found) return found;
      if (deadline.aborted || this.ended) throw new Error(`Never told; only ${JSON.stringify(this.told)}`);
      await new Promise<void>((resolve) => {
        this.more = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  alarm(type: string, faultId: string): Promise<Told> {
    return this.until((told) => told.event === type && told.data.alarm?.faultId === faultId);
  }

  get faults(): readonly string[] {
    return this.told.flatMap(({ data }) => data.alarm?.faultId ?? []);
  }

  async whenEnded(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => (this.more = resolve));
  }

  close(): void {
    this.stop.abort();
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
          this.told.push({
            id: field('id'),
            event: field('event') ?? '',
            data: JSON.parse(field('data') ?? '{}'),
          });
        }
        this.more();
      }
    } finally {
      this.ended = true;
      this.more();
    }
  }
}
