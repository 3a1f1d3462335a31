import type { Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import type { Rng } from '../random.js';
import { AckParser, CONNACK, PUBACK, PUBCOMP, PUBREC } from './ack-parser.js';
import type { Pacing } from './pacing.js';
import type { PublishFrames, Qos } from './publish-frames.js';
import { SendWindow } from './send-window.js';
import type { WriteSlab } from './write-slab.js';

/** What all connections of a run share. */
export interface LoadWire {
  readonly frames: PublishFrames;
  readonly qos: Qos;
  /** Messages of one terminal that may be unacknowledged, 1–1,000. */
  readonly window: number;
  readonly slab: WriteSlab;
  /** Opens a socket; `onRead` gets what arrives, in a buffer that is used again. */
  readonly dial: (onRead: (bytes: number, buffer: Uint8Array) => void) => Socket;
  /** A plain socket has its bytes in the kernel when nothing of them is buffered; TLS keeps them longer. */
  readonly plain: boolean;
  readonly rng: Rng;
}

/** Who is told what happens on a connection. */
export interface ConnectionOwner {
  connected(connection: LoadConnection, tookMs: number): void;
  /** CONNACK's return code, 1–5. */
  refused(connection: LoadConnection, code: number): void;
  lost(connection: LoadConnection, why: string): void;
  /** There is room in the window. */
  wantsToSend(connection: LoadConnection): void;
  /** A message that was due at `dueAt` is acknowledged. */
  settled(dueAt: number, now: number): void;
}

const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2_000;
const CONNECT_MAX_MS = 10_000;
/** A broker that takes messages and acknowledges none for this long is left and tried again. */
const SILENCE_MAX_MS = 30_000;
const KEEPALIVE_S = 60;
const PING_AFTER_MS = 25_000;
const PINGREQ = Buffer.from([0xc0, 0]);
const DISCONNECT = Buffer.from([0xe0, 0]);
const PUBREL = 0x62;
const RELEASE_BYTES = 4;

/**
 * One terminal's connection. When it is lost it comes back with back-off and sends what was not acknowledged
 * again: the same bytes, for message n is always the same.
 */
export class LoadConnection {
  /** Marked by the owner: it is in the queue of those to be flushed. */
  queued = false;
  up = false;
  resent = 0;
  strayAcks = 0;
  readonly window: SendWindow;
  private readonly releases: number[] = [];
  private socket: Socket | null = null;
  private parser = new AckParser(() => undefined);
  private sent = 0;
  private readAt = 0;
  private heardAt = 0;
  private wroteAt = 0;
  private dialledAt = 0;
  private retryMs = RETRY_FIRST_MS;
  private retryTimer: NodeJS.Timeout | null = null;
  private wanted = true;
  private why = '';

  constructor(
    readonly terminal: number,
    private readonly account: { readonly id: string; readonly secret: string },
    private readonly wire: LoadWire,
    private readonly owner: ConnectionOwner,
  ) {
    this.window = new SendWindow(wire.window);
  }

  /** The socket holds as much as it should: it says 'drain' when it has room again. */
  get blocked(): boolean {
    return this.socket?.writableNeedDrain === true;
  }

  dial(): void {
    this.retryTimer = null;
    this.dialledAt = performance.now();
    this.why = '';
    const socket = this.wire.dial((bytes, buffer) => this.read(socket, bytes, buffer));
    this.socket = socket;
    this.parser = new AckParser((type, word) => this.answered(type, word));
    const { id, secret } = this.account;
    socket.write(
      generate({
        ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true },
        ...{ clientId: id, username: id, password: Buffer.from(secret), keepalive: KEEPALIVE_S },
      }),
    );
    socket.on('error', (error) => {
      this.why ||= error.message;
    });
    socket.on('drain', () => this.owner.wantsToSend(this));
    socket.on('close', () => this.closed(socket));
  }

  /**
   * Sends on below message `limit` as far as the window has room. `pacing` says when each was due; null =
   * now.
   */
  send(limit: number, now: number, pacing: Pacing | null): void {
    const { socket, window } = this;
    if (!this.up || socket === null) return;
    const { frames, slab, qos, plain } = this.wire;
    if (qos === 0 && this.blocked) return;
    const until = window.until(limit);
    const count = Math.max(0, until - window.next);
    if (count + this.releases.length === 0) return;
    const start = slab.begin(count * frames.frameMaxBytes + this.releases.length * RELEASE_BYTES);
    const { buffer } = slab;
    let at = this.writeReleases(buffer, start);
    while (window.next < until) {
      const message = window.next;
      const repeated = window.repeats;
      if (repeated) this.resent += 1;
      const slot = window.send(pacing === null ? now : pacing.dueAt(this.terminal, message));
      at = frames.write(buffer, at, this.terminal, message, slot + 1, repeated && qos > 0);
    }
    slab.keep(at);
    this.wroteAt = now;
    socket.write(buffer.subarray(start, at));
    if (plain && socket.writableLength === 0) slab.keep(start);
    if (qos === 0) this.sent += window.passAll();
  }

  /** Messages of QoS 0 written since this was last asked. */
  takeSent(): number {
    const { sent } = this;
    this.sent = 0;
    return sent;
  }

  /** Once a second: pings an idle connection, leaves a silent one. */
  sweep(now: number): void {
    const { socket } = this;
    if (socket === null) return;
    if (!this.up) {
      if (now - this.dialledAt > CONNECT_MAX_MS) this.cut(`no CONNACK within ${CONNECT_MAX_MS / 1_000} s`);
    } else if (this.silentFor(now) > SILENCE_MAX_MS) {
      this.cut(`no acknowledgement within ${SILENCE_MAX_MS / 1_000} s`);
    } else if (now - this.wroteAt > PING_AFTER_MS) {
      this.wroteAt = now;
      socket.write(PINGREQ);
    }
  }

  /** Says goodbye and does not come back. */
  stop(): void {
    this.wanted = false;
    this.up = false;
    if (this.retryTimer) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.socket?.end(DISCONNECT);
    this.socket = null;
  }

  /** How long an answer has been due, ms. */
  private silentFor(now: number): number {
    return this.window.inFlight === 0 ? 0 : now - Math.max(this.heardAt, this.window.oldestDueAt);
  }

  private cut(why: string): void {
    this.why = why;
    this.socket?.destroy();
  }

  private writeReleases(target: Buffer, start: number): number {
    let at = start;
    for (const id of this.releases) {
      target[at++] = PUBREL;
      target[at++] = 2;
      target[at++] = id >> 8;
      target[at++] = id & 0xff;
    }
    this.releases.length = 0;
    return at;
  }

  private read(socket: Socket, bytes: number, buffer: Uint8Array): void {
    if (socket !== this.socket) return;
    this.readAt = performance.now();
    this.heardAt = this.readAt;
    try {
      this.parser.take(buffer, bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.cut(error.message);
      return;
    }
    if (this.up) this.owner.wantsToSend(this);
  }

  private answered(type: number, word: number): void {
    switch (type) {
      case PUBACK:
        this.acknowledged(this.window.acknowledge(word - 1, false));
        return;
      case PUBREC:
        this.acknowledged(this.window.acknowledge(word - 1, true));
        this.releases.push(word);
        return;
      case PUBCOMP:
        if (!this.window.complete(word - 1)) this.strayAcks += 1;
        return;
      case CONNACK:
        this.admitted(word & 0xff);
        return;
    }
  }

  private admitted(code: number): void {
    if (code !== 0) {
      this.why = `refused with code ${code}`;
      this.owner.refused(this, code);
      this.socket?.destroy();
      return;
    }
    this.retryMs = RETRY_FIRST_MS;
    this.wroteAt = this.readAt;
    this.releases.length = 0;
    this.window.restart();
    this.up = true;
    this.owner.connected(this, this.readAt - this.dialledAt);
  }

  private acknowledged(dueAt: number | null): void {
    if (dueAt === null) this.strayAcks += 1;
    else this.owner.settled(dueAt, this.readAt);
  }

  private closed(socket: Socket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.up = false;
    this.owner.lost(this, this.why || 'the broker closed the connection');
    if (!this.wanted) return;
    const waitMs = this.retryMs * (0.5 + this.wire.rng.next());
    this.retryMs = Math.min(RETRY_MAX_MS, this.retryMs * 2);
    this.retryTimer = setTimeout(() => this.dial(), waitMs);
  }
}
