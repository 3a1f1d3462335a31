import type { JournalEntry, MessageEntry } from './entry.js';
import { decodeEntry } from './entry-codec.js';
import type { JournalPlace } from './journal-place.js';
import { type WalkedSegment, walkSegments } from './segment-walk.js';
import { type CheckedSnapshot, checkSnapshots } from './snapshot-check.js';

/** Names counted apart; what comes beyond counts as `others`. */
const NAMES_MAX = 100_000;

export interface InspectedSegment extends WalkedSegment {
  readonly entries: number;
  /** `receivedAt` of its first and last entry, ms; null when it has none. */
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
  readonly flaws: number;
}

/** How many entries and bytes bear a name. */
export interface Tally {
  readonly name: string;
  readonly entries: number;
  readonly bytes: number;
}

/** The most frequent names, and how many there are in all. */
export interface Tallies {
  readonly top: readonly Tally[];
  readonly names: number;
}

export interface JournalInspection {
  readonly folder: string;
  readonly bytes: number;
  readonly entries: number;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
  readonly segments: readonly InspectedSegment[];
  readonly flaws: number;
  /** With `{terminal}` where the topic names it. */
  readonly topics: Tallies;
  readonly terminals: Tallies;
  /** `taken`, `tick`, `duplicate` (an item of it is one) or `refused: REASON`. */
  readonly outcomes: Tallies;
  readonly snapshots: readonly CheckedSnapshot[];
}

/**
 * Reads a live or stopped journal and says what is in it; `top` names of each sort, at least 1. Changes
 * nothing.
 */
export async function inspectJournal(place: JournalPlace, top: number): Promise<JournalInspection> {
  const { folder, snapshotFolder, files, sleep } = place;
  const segments: InspectedSegment[] = [];
  const counts = { topics: new Counts(), terminals: new Counts(), outcomes: new Counts() };
  let open = new SegmentCounts();
  await walkSegments(folder, files, sleep, {
    record: ({ bytes, body }) => {
      const entry = decodeEntry(body);
      open.add(entry);
      if (entry !== null) count(counts, entry, bytes);
    },
    flaw: () => {
      open.flaws++;
    },
    segment: (walked) => {
      const { entries, oldestAt, newestAt, flaws } = open;
      segments.push({ ...walked, entries, oldestAt, newestAt, flaws });
      open = new SegmentCounts();
    },
  });
  const snapshots = snapshotFolder === null ? [] : await checkSnapshots(files, snapshotFolder);
  return {
    folder,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    entries: segments.reduce((sum, { entries }) => sum + entries, 0),
    oldestAt: segments.find(({ oldestAt }) => oldestAt !== null)?.oldestAt ?? null,
    newestAt: segments.findLast(({ newestAt }) => newestAt !== null)?.newestAt ?? null,
    segments,
    flaws: segments.reduce((sum, { flaws }) => sum + flaws, 0),
    topics: counts.topics.top(top),
    terminals: counts.terminals.top(top),
    outcomes: counts.outcomes.top(top),
    snapshots,
  };
}

class SegmentCounts {
  entries = 0;
  oldestAt: number | null = null;
  newestAt: number | null = null;
  flaws = 0;

  add(entry: JournalEntry | null): void {
    this.entries++;
    if (entry === null) return;
    this.oldestAt ??= entry.receivedAt;
    this.newestAt = entry.receivedAt;
  }
}

function count(
  counts: { readonly topics: Counts; readonly terminals: Counts; readonly outcomes: Counts },
  entry: JournalEntry,
  bytes: number,
): void {
  counts.outcomes.add(outcomeOf(entry), bytes);
  if (entry.kind === 'tick') return;
  counts.topics.add(topicOf(entry), bytes);
  counts.terminals.add(entry.source.terminal ?? '(nobody known)', bytes);
}

function outcomeOf(entry: JournalEntry): string {
  if (entry.kind === 'tick') return 'tick';
  if (entry.refusal !== null) return `refused: ${entry.refusal.reason}`;
  return entry.duplicates.length > 0 ? 'duplicate' : 'taken';
}

function topicOf({ topic, source }: MessageEntry): string {
  const { terminal } = source;
  if (terminal === null) return topic;
  return topic
    .split('/')
    .map((level) => (level === terminal ? '{terminal}' : level))
    .join('/');
}

class Counts {
  private readonly of = new Map<string, { entries: number; bytes: number }>();
  private readonly others = { entries: 0, bytes: 0 };

  add(name: string, bytes: number): void {
    const tally = this.of.get(name) ?? this.newTally(name);
    tally.entries++;
    tally.bytes += bytes;
  }

  private newTally(name: string): { entries: number; bytes: number } {
    if (this.of.size >= NAMES_MAX) return this.others;
    const tally = { entries: 0, bytes: 0 };
    this.of.set(name, tally);
    return tally;
  }

  top(limit: number): Tallies {
    const all = [...this.of].map(([name, tally]) => ({ name, ...tally }));
    if (this.others.entries > 0) all.push({ name: '(others)', ...this.others });
    all.sort((a, b) => b.entries - a.entries || (a.name < b.name ? -1 : 1));
    return { top: all.slice(0, limit), names: all.length };
  }
}
