import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, Metrics } from '#runtime';
import type { JournalBatch, JournalEntry, MessageEntry } from './entry.js';
import { Journal } from './journal.js';
import type { JournalOptions } from './journal-options.js';
import type { JournalReader } from './journal-reader.js';
import {
  type DiskRoom,
  NodeSegmentFiles,
  type SegmentFile,
  SegmentFiles,
  writeThenSync,
} from './segment-files.js';

/** Stands still unless a test moves it. */
export class StillClock extends Clock {
  nowMs = 1_700_000_000_000;

  now(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  every(): () => void {
    return () => {};
  }

  async sleep(): Promise<void> {}
}

type Step = 'write' | 'datasync' | 'truncate' | 'create' | 'read' | 'rename';

/** The real file system, except where a test says otherwise. */
export class FaultyFiles extends SegmentFiles {
  readonly counts: Record<Step, number> = {
    ...{ write: 0, datasync: 0, truncate: 0, create: 0, read: 0, rename: 0 },
  };
  /** Throws, or waits, before the step is done. */
  before: (step: Step, path: string) => Promise<void> | void = () => {};
  /** Of a write that is to fail: bytes that reach the file all the same. */
  torn = 0;
  /** What the file system says of its room. */
  says: DiskRoom | null = null;
  private readonly real = new NodeSegmentFiles();

  makeFolder(folder: string): Promise<void> {
    return this.real.makeFolder(folder);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.real.list(folder);
  }

  async create(path: string): Promise<SegmentFile> {
    await this.step('create', path);
    return this.wrap(await this.real.create(path), path);
  }

  async open(path: string, access: 'read' | 'write'): Promise<SegmentFile> {
    return this.wrap(await this.real.open(path, access), path);
  }

  remove(path: string): Promise<void> {
    return this.real.remove(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.step('rename', to);
    await this.real.rename(from, to);
  }

  async room(): Promise<DiskRoom | null> {
    return this.says;
  }

  syncFolder(folder: string): Promise<void> {
    return this.real.syncFolder(folder);
  }

  private async step(step: Step, path: string): Promise<void> {
    this.counts[step]++;
    await this.before(step, path);
  }

  private wrap(file: SegmentFile, path: string): SegmentFile {
    const wrapped: SegmentFile = {
      read: async (target, position) => {
        await this.step('read', path);
        return file.read(target, position);
      },
      write: async (source, position) => {
        try {
          await this.step('write', path);
        } catch (error) {
          if (this.torn > 0) await file.write(source.subarray(0, this.torn), position);
          throw error;
        }
        await file.write(source, position);
      },
      writeDurably: (source, position) => writeThenSync(wrapped, source, position),
      truncate: async (size) => {
        await this.step('truncate', path);
        await file.truncate(size);
      },
      datasync: async () => {
        await this.step('datasync', path);
        await file.datasync();
      },
      size: () => file.size(),
      close: () => file.close(),
    };
    return wrapped;
  }
}

/** As Node reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

/** A temporary folder, removed at the end, and journals in it that are closed before. */
export class JournalBench {
  readonly clock = new StillClock();
  private readonly metrics = new Metrics();
  private readonly opened: Journal[] = [];

  private constructor(readonly folder: string) {}

  static async make(): Promise<JournalBench> {
    return new JournalBench(await mkdtemp(join(tmpdir(), 'journal-')));
  }

  journal(options: Partial<JournalOptions> = {}): Journal {
    const { folder, clock, metrics } = this;
    const journal = new Journal({ folder, clock, metrics, ...options });
    this.opened.push(journal);
    return journal;
  }

  async open(options: Partial<JournalOptions> = {}): Promise<Journal> {
    const journal = this.journal(options);
    await journal.open();
    return journal;
  }

  async tearDown(): Promise<void> {
    for (const journal of this.opened) await journal.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A message whose payload is `text`; other fields differ by it, too. */
export function message(text: string, memo?: unknown): MessageEntry {
  const entry: MessageEntry = {
    kind: 'message',
    receivedAt: 1_700_000_000_000 + text.length,
    topic: `lift/v1/t-${text.slice(0, 4)}/telemetry`,
    payload: Buffer.from(text),
    source: { terminal: `t-${text.slice(0, 4)}`, profile: 'native-v1', lift: null, district: '411330' },
    clockOffsetMs: text.length % 2,
    clockSuspect: text.length % 3 === 0,
    duplicates: text.length % 5 === 0 ? [0, 7, 300] : [],
    refusal: null,
  };
  return memo === undefined ? entry : { ...entry, memo };
}

/** What came in, for comparing: payloads as text, no memo. */
export function plain(entry: JournalEntry): unknown {
  if (entry.kind === 'tick') return entry;
  const { memo: _, ...rest } = entry;
  return { ...rest, payload: Buffer.from(entry.payload).toString('latin1') };
}

export function payloads(batch: JournalBatch | null): string[] {
  return (batch?.entries ?? []).map(({ entry }) =>
    entry.kind === 'message' ? Buffer.from(entry.payload).toString() : 'tick',
  );
}

/** Reads until `durable` was reached. */
export async function readAll(
  reader: JournalReader,
  durable: number,
  maxEntries = 7,
): Promise<JournalBatch['entries']> {
  const entries: { lsn: number; entry: JournalEntry }[] = [];
  const stop = new AbortController();
  while (reader.position < durable) {
    // The position passes damage inside `next`, which then waits for more.
    const timer = setInterval(() => reader.position >= durable && stop.abort(), 10);
    const batch = await reader.next(maxEntries, 10_000, stop.signal);
    clearInterval(timer);
    if (batch === null) break;
    entries.push(...batch.entries);
  }
  return entries;
}
