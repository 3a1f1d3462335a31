import { endianness } from 'node:os';
import { bootOffsetMs } from '#domain';
import type { Origin } from '#protocol';
import {
  BootWindow,
  ENCODED_BYTES_MAX,
  type EncodedBoot,
  encodedBytes,
  type Verdict,
} from './boot-window.js';

export type { Verdict } from './boot-window.js';

const BOOTS_MAX = 4;
const EVENT_IDS_MAX = 256;
const UNNUMBERED_MAX = 1024;
/** A vendor's message without boot and seq is the same only this long (DESIGN "Identity and order"). */
const UNNUMBERED_WINDOW_MS = 600_000;

/** Windows of one snapshot block, about; some 50 busy terminals, encoded in a fraction of a millisecond. */
const BLOCK_BYTES = 256 * 1024;
const CELLS_BYTES_MAX = BLOCK_BYTES + BOOTS_MAX * ENCODED_BYTES_MAX;

interface TerminalWindow {
  boots: BootWindow[];
  /** Ids of the terminal's own events, oldest first, with their content hash; null until the first. */
  eventIds: Map<string, number> | null;
  /**
   * Messages with neither boot nor seq, by content, with `receivedAt`, oldest first; null until the first.
   */
  unnumbered: Map<string, number> | null;
}

/** What a block says of its windows, as JSON, behind the cells of their boots. */
interface EncodedWindows {
  readonly order: 'BE' | 'LE';
  readonly windows: readonly {
    readonly terminal: string;
    readonly boots: readonly EncodedBoot[];
    readonly eventIds: readonly (readonly [string, number])[];
    readonly unnumbered: readonly (readonly [string, number])[];
  }[];
}

/**
 * The last identities of each terminal (DESIGN "Identity and order"): the last 1,024 seqs of each of its
 * newest four boots, its last 256 event ids, and for a vendor's unnumbered messages ten minutes of content
 * hashes. Bounded per terminal; a terminal that has sent little holds little.
 */
export class SeenIdentities {
  private readonly terminals = new Map<string, TerminalWindow>();

  /** Judges an item and remembers it. `hash` is over its content without its origin. */
  judge(terminal: string, origin: Origin, hash: number): Verdict {
    const window = this.windowOf(terminal);
    if (origin.id !== null) {
      const key = eventKey(origin, origin.id);
      window.eventIds ??= new Map();
      if (window.eventIds.get(key) === hash) return 'duplicate';
      remember(window.eventIds, key, hash, EVENT_IDS_MAX);
    }
    if (origin.boot === null || origin.seq === null) return 'new';
    return bootOf(window, origin.boot).judge(origin.seq, hash);
  }

  /** Judges a whole message that carries its own time but no number: the same bytes within ten minutes. */
  judgeUnnumbered(terminal: string, contentKey: string, receivedAt: number): Verdict {
    const window = this.windowOf(terminal);
    window.unnumbered ??= new Map();
    const { unnumbered } = window;
    const known = unnumbered.get(contentKey);
    if (known !== undefined && receivedAt - known <= UNNUMBERED_WINDOW_MS) return 'duplicate';
    unnumbered.delete(contentKey);
    remember(unnumbered, contentKey, receivedAt, UNNUMBERED_MAX);
    for (const [key, seenAt] of unnumbered) {
      if (receivedAt - seenAt <= UNNUMBERED_WINDOW_MS) break;
      unnumbered.delete(key);
    }
    return 'new';
  }

  /** Takes back what `judge` remembered: the message did not become durable, and will be sent again. */
  forget(terminal: string, origin: Origin): void {
    const window = this.terminals.get(terminal);
    if (!window) return;
    if (origin.id !== null) window.eventIds?.delete(eventKey(origin, origin.id));
    if (origin.boot === null || origin.seq === null) return;
    knownBoot(window, origin.boot)?.forget(origin.seq);
  }

  forgetUnnumbered(terminal: string, contentKey: string): void {
    this.terminals.get(terminal)?.unnumbered?.delete(contentKey);
  }

  /** The offset of the item's boot, ms; the boot's first live message fixes it. */
  offsetMs(terminal: string, origin: Origin, receivedAt: number): number {
    if (origin.boot === null || origin.at === null) return 0;
    const boot = bootOf(this.windowOf(terminal), origin.boot);
    if (boot.offsetMs === null && !origin.stored) boot.offsetMs = bootOffsetMs(origin.at, receivedAt);
    return boot.offsetMs ?? 0;
  }

  /**
   * The windows of all terminals known now, for the snapshot, each as it is when its block is asked for: a
   * later block may know of later messages. That is harmless once all of them are durable, because the replay
   * of the journal judges them again in order. A block is valid until the next is asked for: hundreds of
   * megabytes of fresh buffers made the collector of garbage stop the loop for 50–80 ms at a time.
   */
  blocks(): Iterable<Buffer> {
    return this.encode([...this.terminals.keys()]);
  }

  /** Takes a block of {@link blocks}. Throws when it is none, or of a machine of the other byte order. */
  restore(block: Buffer): void {
    const jsonStart = 4 + block.readUInt32BE(0);
    const { order, windows } = JSON.parse(block.toString('utf8', jsonStart)) as EncodedWindows;
    if (order !== endianness()) throw new Error(`the windows are ${order}, this machine is ${endianness()}`);
    let at = 4;
    for (const { terminal, boots, eventIds, unnumbered } of windows) {
      const window: TerminalWindow = {
        boots: [],
        eventIds: eventIds.length === 0 ? null : new Map(eventIds),
        unnumbered: unnumbered.length === 0 ? null : new Map(unnumbered),
      };
      for (const boot of boots) {
        window.boots.push(BootWindow.decode(boot, block, at));
        at += encodedBytes(boot);
      }
      this.terminals.set(terminal, window);
    }
  }

  clear(): void {
    this.terminals.clear();
  }

  private *encode(names: readonly string[]): Generator<Buffer> {
    let block = Buffer.allocUnsafeSlow(2 * CELLS_BYTES_MAX);
    for (let next = 0; next < names.length; ) {
      const windows: EncodedWindows['windows'][number][] = [];
      let end = 4;
      let textual = 0;
      for (; next < names.length && end + textual < BLOCK_BYTES; next++) {
        const terminal = names[next] ?? '';
        const window = this.terminals.get(terminal);
        if (!window) continue;
        const boots: EncodedBoot[] = [];
        for (const boot of window.boots) {
          const encoded = boot.encode(block, end);
          boots.push(encoded);
          end += encodedBytes(encoded);
        }
        const eventIds = [...(window.eventIds ?? [])];
        const unnumbered = [...(window.unnumbered ?? [])];
        textual += 100 + 50 * (eventIds.length + unnumbered.length);
        windows.push({ terminal, boots, eventIds, unnumbered });
      }
      block.writeUInt32BE(end - 4, 0);
      const json = JSON.stringify({ order: endianness(), windows } satisfies EncodedWindows);
      const size = end + Buffer.byteLength(json);
      if (size > block.length) block = Buffer.concat([block.subarray(0, end)], 2 * size);
      block.write(json, end);
      yield block.subarray(0, size);
    }
  }

  private windowOf(terminal: string): TerminalWindow {
    let window = this.terminals.get(terminal);
    if (!window) {
      window = { boots: [], eventIds: null, unnumbered: null };
      this.terminals.set(terminal, window);
    }
    return window;
  }
}

/** Ids may count from 1 in every boot, so an id alone would mistake a new event for an old one. */
function eventKey(origin: Origin, id: string): string {
  return `${origin.boot ?? ''}/${id}`;
}

function knownBoot(window: TerminalWindow, boot: string): BootWindow | undefined {
  for (const each of window.boots) if (each.boot === boot) return each;
  return undefined;
}

function bootOf(window: TerminalWindow, boot: string): BootWindow {
  const known = knownBoot(window, boot);
  if (known) return known;
  const added = new BootWindow(boot);
  window.boots = [added, ...window.boots].slice(0, BOOTS_MAX);
  return added;
}

function remember<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.set(key, value);
  if (map.size <= max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
