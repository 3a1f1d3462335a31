import type { Socket } from 'node:net';
import type { ConnectPacket } from 'aedes';
import { FrameGuard, type FrameRefusal } from './frame-guard.js';
import type { IntakeBounds, WaitingReader } from './intake-bounds.js';
import { type RateLimits, TerminalRate } from './terminal-rate.js';
import type { Waiter } from './waiting-room.js';

/** Why a connection was cut for the way it sends; counted by this label. */
export type PacketRefusal =
  | FrameRefusal
  | 'no-room-for-incomplete-packets'
  | 'incomplete-packet-timeout'
  | 'invalid-topic'
  | 'rate-exceeded';

/** Limits of one connection. */
export interface ConnectionLimits extends RateLimits {
  readonly packetMaxBytes: number;
  /** From accepting the socket to having authenticated. */
  readonly connectTimeoutMs: number;
  /** From the first byte of a packet to its last. */
  readonly packetTimeoutMs: number;
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
  /** Filters granted to it; bounded by what `TerminalAccess.maySubscribe` allows. */
  readonly subscriptions = new Set<string>();
  private doomed = false;
  private reserved = 0;
  private incompletePacket = 0;
  private incompleteSince = 0;

  constructor(
    readonly socket: Socket,
    /** `Clock.monotonicMs()` when the socket was accepted. */
    readonly acceptedAt: number,
    private readonly limits: ConnectionLimits,
    private readonly bounds: IntakeBounds,
    private readonly now: () => number,
    private readonly onRefused: (reason: PacketRefusal) => void,
  ) {
    this.guard = new FrameGuard(limits.packetMaxBytes);
    this.rate = new TerminalRate(limits, acceptedAt);
    const read: (size?: number) => Buffer | null = socket.read.bind(socket);
    socket.read = (size?: number): Buffer | null => this.read(read, size);
  }

  /** Tells aedes to read again. Emitting 'readable' is what the stream itself does when bytes arrive. */
  wake(): void {
    if (!this.socket.destroyed) this.socket.emit('readable');
  }

  mayPass(): boolean {
    return this.rate.take(this.now());
  }

  /** Called when the socket has closed. */
  ended(): void {
    this.bounds.forget(this);
    this.bounds.reserve(this.reserved, 0);
    this.reserved = 0;
  }

  /** Cuts a connection that has been unauthenticated, or in the middle of one packet, for too long. */
  expire(): 'authentication-timeout' | 'incomplete-packet-timeout' | null {
    const now = this.now();
    if (!this.guard.authenticated && now - this.acceptedAt > this.limits.connectTimeoutMs) {
      this.socket.destroy();
      return 'authentication-timeout';
    }
    // While nobody is read the rest of the packet waits because of us.
    const waits = this.bounds.full || this.guard.incompleteBytes === 0;
    if (!waits && now - this.incompleteSince > this.limits.packetTimeoutMs) {
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
    if (this.bounds.full) {
      this.bounds.wait(this);
      return null;
    }
    const chunk = read(size);
    if (chunk === null) return null;
    const refused = this.guard.accept(chunk);
    if (refused !== null) return this.refuse(refused.refusal, chunk.subarray(0, refused.soundBytes));
    return this.reserve() ? chunk : this.refuse('no-room-for-incomplete-packets', null);
  }

  private reserve(): boolean {
    const { incompleteBytes } = this.guard;
    if (incompleteBytes === 0 && this.reserved === 0) return true;
    if (!this.bounds.reserve(this.reserved, incompleteBytes)) return false;
    this.reserved = incompleteBytes;
    if (this.incompletePacket !== this.guard.packets) {
      this.incompletePacket = this.guard.packets;
      this.incompleteSince = this.now();
    }
    return true;
  }

  /**
   * Nothing of the offending packet is parsed. Whole packets before it in the same chunk still are, and are
   * answered: otherwise a sender that repeats them together with the bad one would never get rid of them.
   * The connection is cut when aedes, done with them, reads again.
   */
  private refuse(reason: PacketRefusal, sound: Buffer | null): Buffer | null {
    this.onRefused(reason);
    this.doomed = true;
    if (sound !== null && sound.length > 0) return sound;
    this.socket.destroy();
    return null;
  }
}
