import { bootOffsetMs } from '#domain';
import type { Origin } from '#protocol';

/** What intake makes of one item's identity. */
export type Verdict = 'new' | 'duplicate' | 'seq-reused';

const WINDOW = 1024;
const WINDOW_SMALL = 32;
const BOOTS_MAX = 4;
const EVENT_IDS_MAX = 256;
const UNNUMBERED_MAX = 1024;
/** A vendor's message without boot and seq is the same only this long (DESIGN "Identity and order"). */
const UNNUMBERED_WINDOW_MS = 600_000;

interface BootWindow {
  readonly boot: string;
  /** Offset of this boot's clock, ms; null until its first live message. */
  offsetMs: number | null;
  /**
   * Slot i holds the newest seq with seq mod size = i, so a window of `size` consecutive seqs; −1 = empty.
   */
  seqs: Float64Array;
  hashes: Uint32Array;
}

interface TerminalWindow {
  boots: BootWindow[];
  /** Ids of the terminal's own events, oldest first, with their content hash. */
  eventIds: Map<string, number>;
  /** Messages with neither boot nor seq, by content, with `receivedAt`, oldest first. */
  unnumbered: Map<string, number>;
}

/** JSON form of one terminal's window, for the snapshot. */
export interface TerminalWindowSnapshot {
  readonly terminal: string;
  readonly boots: readonly {
    readonly boot: string;
    readonly offsetMs: number | null;
    readonly seen: readonly (readonly [seq: number, hash: number])[];
  }[];
  readonly eventIds: readonly (readonly [string, number])[];
  readonly unnumbered: readonly (readonly [string, number])[];
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
      const known = window.eventIds.get(key);
      if (known === hash) return 'duplicate';
      remember(window.eventIds, key, hash, EVENT_IDS_MAX);
    }
    if (origin.boot === null || origin.seq === null) return 'new';
    const boot = bootOf(window, origin.boot);
    const slot = slotFor(boot, origin.seq);
    if (boot.seqs[slot] !== origin.seq) {
      boot.seqs[slot] = origin.seq;
      boot.hashes[slot] = hash;
      return 'new';
    }
    if (boot.hashes[slot] === hash) return 'duplicate';
    boot.hashes[slot] = hash;
    return 'seq-reused';
  }

  /** Judges a whole message that carries its own time but no number: the same bytes within ten minutes. */
  judgeUnnumbered(terminal: string, contentKey: string, receivedAt: number): Verdict {
    const { unnumbered } = this.windowOf(terminal);
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
    if (origin.id !== null) window.eventIds.delete(eventKey(origin, origin.id));
    const boot = window.boots.find((each) => each.boot === origin.boot);
    if (!boot || origin.seq === null) return;
    const slot = origin.seq % boot.seqs.length;
    if (boot.seqs[slot] === origin.seq) boot.seqs[slot] = -1;
  }

  forgetUnnumbered(terminal: string, contentKey: string): void {
    this.terminals.get(terminal)?.unnumbered.delete(contentKey);
  }

  /** The offset of the item's boot, ms; the boot's first live message fixes it. */
  offsetMs(terminal: string, origin: Origin, receivedAt: number): number {
    if (origin.boot === null || origin.at === null) return 0;
    const boot = bootOf(this.windowOf(terminal), origin.boot);
    if (boot.offsetMs === null && !origin.stored) boot.offsetMs = bootOffsetMs(origin.at, receivedAt);
    return boot.offsetMs ?? 0;
  }

  snapshot(): TerminalWindowSnapshot[] {
    return [...this.terminals].map(([terminal, window]) => ({
      terminal,
      boots: window.boots.map(({ boot, offsetMs, seqs, hashes }) => ({
        boot,
        offsetMs,
        seen: [...seqs].flatMap((seq, slot) => (seq < 0 ? [] : [[seq, hashes[slot] ?? 0] as const])),
      })),
      eventIds: [...window.eventIds],
      unnumbered: [...window.unnumbered],
    }));
  }

  restore(windows: readonly TerminalWindowSnapshot[]): void {
    for (const { terminal, boots, eventIds, unnumbered } of windows) {
      const window: TerminalWindow = {
        boots: [],
        eventIds: new Map(eventIds),
        unnumbered: new Map(unnumbered),
      };
      for (const { boot, offsetMs, seen } of boots) {
        const restored: BootWindow = { ...emptyBoot(boot), offsetMs };
        for (const [seq, hash] of seen) {
          const slot = slotFor(restored, seq);
          restored.seqs[slot] = seq;
          restored.hashes[slot] = hash;
        }
        window.boots.push(restored);
      }
      this.terminals.set(terminal, window);
    }
  }

  private windowOf(terminal: string): TerminalWindow {
    let window = this.terminals.get(terminal);
    if (!window) {
      window = { boots: [], eventIds: new Map(), unnumbered: new Map() };
      this.terminals.set(terminal, window);
    }
    return window;
  }
}

/** Ids may count from 1 in every boot, so an id alone would mistake a new event for an old one. */
function eventKey(origin: Origin, id: string): string {
  return `${origin.boot ?? ''}/${id}`;
}

function bootOf(window: TerminalWindow, boot: string): BootWindow {
  const known = window.boots.find((each) => each.boot === boot);
  if (known) return known;
  const added = emptyBoot(boot);
  window.boots = [added, ...window.boots].slice(0, BOOTS_MAX);
  return added;
}

function emptyBoot(boot: string): BootWindow {
  return {
    boot,
    offsetMs: null,
    seqs: new Float64Array(WINDOW_SMALL).fill(-1),
    hashes: new Uint32Array(WINDOW_SMALL),
  };
}

/** The slot of `seq`; the window grows to its full size as soon as another live seq would be pushed out. */
function slotFor(boot: BootWindow, seq: number): number {
  const slot = seq % boot.seqs.length;
  const holds = boot.seqs[slot] ?? -1;
  if (holds < 0 || holds === seq || boot.seqs.length === WINDOW) return slot;
  const { seqs, hashes } = boot;
  boot.seqs = new Float64Array(WINDOW).fill(-1);
  boot.hashes = new Uint32Array(WINDOW);
  for (let old = 0; old < seqs.length; old++) {
    const kept = seqs[old] ?? -1;
    if (kept < 0) continue;
    boot.seqs[kept % WINDOW] = kept;
    boot.hashes[kept % WINDOW] = hashes[old] ?? 0;
  }
  return seq % WINDOW;
}

function remember<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.set(key, value);
  if (map.size <= max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
