import type { PlatformProcess } from './platform-process.js';

/** One event of the alarm stream. */
export interface StreamEvent {
  readonly type: string;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
  /** `performance.now()` when it was read. */
  readonly at: number;
}

/** Follows `GET /alarms/stream` until `close`. */
export class AlarmListener {
  readonly events: StreamEvent[] = [];
  private readonly abort = new AbortController();
  private listeners: ((event: StreamEvent) => void)[] = [];

  private constructor() {}

  static async open(platform: PlatformProcess, lastEventId?: string): Promise<AlarmListener> {
    const listener = new AlarmListener();
    const response = await fetch(`${platform.url}/api/v1/alarms/stream`, {
      headers: {
        authorization: `Bearer ${platform.adminKey}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: listener.abort.signal,
    });
    if (!response.ok || response.body === null) throw new Error(`the stream answered ${response.status}`);
    listener.read(response.body).catch(() => undefined);
    return listener;
  }

  onEvent(listener: (event: StreamEvent) => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    this.listeners = [];
    this.abort.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.take(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }

  private take(frame: string): void {
    const fields = new Map(
      frame.split('\n').flatMap((line) => {
        const colon = line.indexOf(':');
        return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trimStart()] as const] : [];
      }),
    );
    const type = fields.get('event');
    if (type === undefined) return;
    const data = JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>;
    const event = { type, id: fields.get('id') ?? null, data, at: performance.now() };
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
  }
}
