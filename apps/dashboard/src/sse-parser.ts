/** One dispatched event of a `text/event-stream`. */
export interface SseEvent {
  /** `message` when the stream names none. */
  readonly event: string;
  readonly data: string;
  /** The `id` field of this very event; null when it carries none. */
  readonly id: string | null;
}

/** An alarm is under 2 KiB; a longer event means that this is not our stream. Characters. */
export const SSE_EVENT_CHARS_MAX = 262_144;

/**
 * Incremental parser of server-sent events (WHATWG HTML §9.2.6). `EventSource` itself cannot send an
 * `Authorization` header, and a key must never be in a URL. Unlike the standard, `id` is not carried over to
 * later events: the feed decides which ids may become its cursor.
 */
export class SseParser {
  #rest = '';
  #started = false;
  /** The last chunk ended in CR: an LF at the head of the next one belongs to it. */
  #skipLf = false;
  #event = '';
  #id: string | null = null;
  #data: string[] = [];
  #chars = 0;

  /**
   * Takes the next decoded piece of the stream, cut anywhere, and answers the events it completes.
   * @throws RangeError when one event exceeds `SSE_EVENT_CHARS_MAX`; the connection is to be given up.
   */
  push(chunk: string): SseEvent[] {
    let text = chunk;
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (this.#skipLf && text !== '') {
      this.#skipLf = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    this.#skipLf = text.endsWith('\r');
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? '';
    const events: SseEvent[] = [];
    for (const line of lines) {
      this.#bound(line.length);
      if (line === '') this.#dispatch(events);
      else this.#field(line);
    }
    this.#bound(this.#rest.length, false);
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const raw = colon === -1 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(events: SseEvent[]): void {
    if (this.#data.length > 0) {
      events.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id });
    }
    this.#event = '';
    this.#id = null;
    this.#data = [];
    this.#chars = 0;
  }

  #bound(chars: number, keep = true): void {
    const total = this.#chars + chars;
    if (total > SSE_EVENT_CHARS_MAX) {
      throw new RangeError(
        `event of ${total} characters, at most ${SSE_EVENT_CHARS_MAX} are taken: reconnect`,
      );
    }
    if (keep) this.#chars = total;
  }
}
