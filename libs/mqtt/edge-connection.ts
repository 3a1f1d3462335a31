import type { Socket } from 'node:net';
import type { ConnectPacket } from 'aedes';
import type { Interludes } from '#runtime';
import { encodePubacks } from './acknowledgement.js';
import { ExpressLane } from './express-lane.js';
import { FrameGuard, type FrameRefusal } from './frame-guard.js';
import type { IntakeBounds, WaitingReader } from './intake-bounds.js';
import type { TakePublish } from './plain-publishes.js';
import { type RateLimits, TerminalRate } from './terminal-rate.js';
import type { Waiter } from './waiting-room.js';

/** Why a connection was cut for the way it sends; counted by this label. */
export type PacketRefusal =
  | FrameRefusal
  | 'no-room-for-incomplete-packets'
  | 'incomplete-packet-timeout'
  | 'answers-not-read'
  | 'invalid-topic'
  | 'rate-exceeded';

/** Limits of one connection. */
export interface ConnectionLimits extends RateLimits {
  readonly packetMaxBytes: number;
  /** From accepting the socket to having authenticated. */
  readonly connectTimeoutMs: number;
  /** From the first byte of a packet to its last. */
  readonly packetTimeoutMs: number;
  /** For the answers to it to leave, when it does not read them. */
  readonly drainTimeoutMs: number;
}

/** What all connections share. */
export interface ConnectionParts {
  readonly limits: ConnectionLimits;
  readonly bounds: IntakeBounds;
  /** `Clock.monotonicMs()`. */
  readonly now: () => number;
  readonly onRefused: (reason: PacketRefusal) => void;
  /** Taken before each read and each write: a turn of the loop has up to one of both a connection. */
  readonly interludes: Interludes;
}

/**
 * One socket of the edge broker. It stands between the socket and aedes by replacing the socket's `read`,
 * the one place through which aedes takes bytes (`conn.on('readable')`, then `conn.read(null)`).
 *
 * Why there: a Transform between them would copy every byte and double the 22 KB of a connection (PITFALL
 * 20e); a 'data' listener can look but not hold back; `socket.pause()` has no effect while there is a
 * 'readable' listener (Node's documentation); aedes' own `client.pause()` is not in its types and loses
 * count of the packets in hand, so that a connection paused in mid-batch may never be read again. An unread
 * socket fills its 64 KiB buffer, then Node stops reading and TCP slows the sender down.
 */
export class EdgeConnection implements WaitingReader, Waiter {
  readonly guard: FrameGuard;
  readonly rate: TerminalRate;
  /** The CONNECT, from `preConnect` until it is judged. */
  connect: ConnectPacket | null = null;
  /** As the CONNECT announced it; 0 = none. */
  keepAliveMs = 0;
  /** Filters granted to it; bounded by what `TerminalAccess.maySubscribe` allows. */
  readonly subscriptions = new Set<string>();
  private doomed = false;
  private reserved = 0;
  private incompletePacket = 0;
  private incompleteSince = 0;
  private lane: ExpressLane | null = null;
  /** Packet ids to acknowledge when this turn of the loop ends: one write for all. */
  private acknowledged: number[] = [];
  private undrainedSince: number | null = null;

  constructor(
    readonly socket: Socket,
    /** `Clock.monotonicMs()` when the socket was accepted. */
    readonly acceptedAt: number,
    private readonly parts: ConnectionParts,
  ) {
    this.guard = new FrameGuard(parts.limits.packetMaxBytes);
    this.rate = new TerminalRate(parts.limits, acceptedAt);
    const read: (size?: number) => Buffer | null = socket.read.bind(socket);
    socket.read = (size?: number): Buffer | null => this.read(read, size);
  }

  /** Tells aedes to read again. Emitting 'readable' is what the stream itself does when bytes arrive. */
  wake(): void {
    if (!this.socket.destroyed) this.socket.emit('readable');
  }

  /** aedes has admitted it: from now on plain messages are handed to `take`, past aedes. */
  openLane(take: TakePublish): void {
    this.lane = new ExpressLane(!this.guard.atBorder, this.keepAliveMs, this.parts.now(), take);
  }

  /** A message of the express lane is durable. */
  acknowledge(packetId: number): void {
    if (this.acknowledged.length === 0) process.nextTick(() => this.writeAcknowledged());
    this.acknowledged.push(packetId);
  }

  /** At once: what is acknowledged behind them by aedes must come behind them (MQTT 3.1.1 §4.6). */
  writeAcknowledged(): void {
    if (this.acknowledged.length === 0) return;
    this.parts.interludes.take();
    const bytes = encodePubacks(this.acknowledged);
    this.acknowledged = [];
    if (this.socket.destroyed || this.socket.write(bytes) || this.undrainedSince !== null) return;
    // It sends and does not read: nothing more is read of it until its answers have left.
    this.undrainedSince = this.parts.now();
    this.socket.once('drain', () => {
      this.undrainedSince = null;
      this.wake();
    });
  }

  mayPass(): boolean {
    return this.rate.take(this.parts.now());
  }

  /** Called when the socket has closed. */
  ended(): void {
    this.parts.bounds.forget(this);
    this.parts.bounds.reserve(this.reserved, 0);
    this.reserved = 0;
  }

  /**
   * Cuts a connection that has been unauthenticated, in the middle of one packet, or deaf to its answers for
   * too long.
   */
  expire(): 'authentication-timeout' | 'incomplete-packet-timeout' | 'answers-not-read' | null {
    const now = this.parts.now();
    if (this.undrainedSince !== null && now - this.undrainedSince > this.parts.limits.drainTimeoutMs) {
      this.socket.destroy();
      return 'answers-not-read';
    }
    if (!this.guard.authenticated && now - this.acceptedAt > this.parts.limits.connectTimeoutMs) {
      this.socket.destroy();
      return 'authentication-timeout';
    }
    // While nobody is read the rest of the packet waits because of us.
    const waits = this.parts.bounds.full || this.guard.incompleteBytes === 0;
    if (!waits && now - this.incompleteSince > this.parts.limits.packetTimeoutMs) {
      this.socket.destroy();
      return 'incomplete-packet-timeout';
    }
    return null;
  }

  private read(read: (size?: number) => Buffer | null, size?: number): Buffer | null {
    // `read(0)` is the stream asking for more and consumes nothing.
    if (size === 0) return read(0);
    if (this.doomed) {
      this.socket.destroy();
      return null;
    }
    if (this.parts.bounds.full) {
      this.parts.bounds.wait(this);
      return null;
    }
    if (this.undrainedSince !== null) return null;
    this.parts.interludes.take();
    const chunk = read(size);
    if (chunk === null) return null;
    const refused = this.guard.accept(chunk);
    if (refused !== null) {
      const sound = chunk.subarray(0, refused.soundBytes);
      return this.refuse(refused.refusal, this.lane?.withKept(sound) ?? sound);
    }
    if (!this.reserve()) return this.refuse('no-room-for-incomplete-packets', null);
    const { atBorder, incompleteBytes } = this.guard;
    return this.lane === null ? chunk : this.lane.accept(chunk, atBorder, incompleteBytes, this.parts.now());
  }

  private reserve(): boolean {
    const { incompleteBytes } = this.guard;
    if (incompleteBytes === 0 && this.reserved === 0) return true;
    if (!this.parts.bounds.reserve(this.reserved, incompleteBytes)) return false;
    this.reserved = incompleteBytes;
    if (this.incompletePacket !== this.guard.packets) {
      this.incompletePacket = this.guard.packets;
      this.incompleteSince = this.parts.now();
    }
    return true;
  }

  /**
   * Nothing of the offending packet is parsed. Whole packets before it in the same chunk still are, and are
   * answered: otherwise a sender that repeats them together with the bad one would never get rid of them.
   * The connection is cut when aedes, done with them, reads again.
   */
  private refuse(reason: PacketRefusal, sound: Buffer | null): Buffer | null {
    this.parts.onRefused(reason);
    this.doomed = true;
    if (sound !== null && sound.length > 0) return sound;
    this.socket.destroy();
    return null;
  }
}
