import type { Clock } from '#runtime';
import { type AlarmFrame, serverSentEvent } from './alarm-frame.js';

/** What a stream writes to: the part of Node's `ServerResponse` that it needs. */
export interface StreamOutput {
  write(text: string): boolean;
  end(): void;
  destroy(): void;
  /** Bytes accepted and not yet taken by the socket. */
  readonly writableLength: number;
  once(event: 'drain', listener: () => void): unknown;
}

/** Why a stream ended; a label of `liftwarden_alarm_streams_ended_total`. */
export type StreamEnd = 'client-gone' | 'too-slow' | 'not-authorised' | 'records-failed' | 'shutdown';

/** Most bytes that wait for one client: a slower one is cut off, and resumes from its last id. */
export const STREAM_BUFFER_MAX_BYTES = 1_048_576;
/** A replay waits below this, so that it never fills the buffer by itself. */
const REPLAY_WAITING_MAX_BYTES = 262_144;

/**
 * One client of the live stream. `position` is its promise: every alarm of its scope up to that event id is
 * written, each once and in order.
 */
export class AlarmStream {
  private ended: StreamEnd | null = null;
  /** Aborted when the stream ends, for whatever waits on its behalf. */
  private readonly ending = new AbortController();

  constructor(
    private readonly output: StreamOutput,
    private at: number,
    private maySee: (frame: AlarmFrame) => boolean,
    private readonly onEnd: (why: StreamEnd) => void,
  ) {}

  get position(): number {
    return this.at;
  }

  get isOpen(): boolean {
    return this.ended === null;
  }

  /** The scope of the key may change under an open stream. */
  allow(maySee: (frame: AlarmFrame) => boolean): void {
    this.maySee = maySee;
  }

  hello(head: number, fresh: boolean): void {
    // A resuming client keeps its own id until the replay has passed it: cut off again, it must not skip.
    this.write(serverSentEvent('hello', { head }, fresh ? this.at : undefined));
  }

  /** The client's id is of no use: it must list again, and follows from `head`. */
  reset(head: number): void {
    this.at = head;
    this.write(serverSentEvent('reset', { head }, head));
  }

  /**
   * `id` moves on even when nothing of the client's scope happens, so that a quiet client can resume.
   * `recordsFailingSince`: ISO 8601, null while the records database answers.
   */
  heartbeat(at: string, recordsFailingSince: string | null): void {
    this.write(serverSentEvent('heartbeat', { at, recordsFailingSince }, this.at));
  }

  /** Writes an alarm that the log does not have yet: without an id, so that the client's place stays. */
  offerUnrecorded(frame: AlarmFrame): void {
    if (this.maySee(frame)) this.write(frame.text);
  }

  /** Writes what the client may see of a page; returns the frames written. */
  offer(frames: readonly AlarmFrame[], upTo: number): readonly AlarmFrame[] {
    const from = this.at;
    const written: AlarmFrame[] = [];
    for (const frame of frames) {
      if (frame.id <= from || !this.maySee(frame)) continue;
      if (!this.write(frame.text)) return written;
      this.at = frame.id;
      written.push(frame);
    }
    this.at = Math.max(this.at, upTo);
    return written;
  }

  /**
   * Resolves when the client has taken what waits for it, or the stream has ended: by `stallMs` at the
   * latest.
   */
  async drained(clock: Clock, stallMs: number): Promise<void> {
    if (this.output.writableLength <= REPLAY_WAITING_MAX_BYTES) return;
    const settled = new AbortController();
    const taken = new Promise<'taken'>((resolve) => this.output.once('drain', () => resolve('taken')));
    const stalled = clock
      .sleep(stallMs, AbortSignal.any([this.ending.signal, settled.signal]))
      .then(() => 'stalled' as const);
    const first = await Promise.race([taken, stalled]);
    settled.abort();
    if (first === 'stalled') this.end('too-slow');
  }

  end(why: StreamEnd): void {
    if (this.ended !== null) return;
    this.ended = why;
    this.ending.abort();
    // A client that does not read would never take the last bytes of a polite end.
    if (why === 'too-slow') this.output.destroy();
    else this.output.end();
    this.onEnd(why);
  }

  private write(text: string): boolean {
    if (this.ended !== null) return false;
    this.output.write(text);
    if (this.output.writableLength <= STREAM_BUFFER_MAX_BYTES) return true;
    this.end('too-slow');
    return false;
  }
}
