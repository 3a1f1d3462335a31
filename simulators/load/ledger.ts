import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { CommandError } from '../command-line.js';
import { mergeRanges, type SeqRange, type SeqRanges } from './seq-ranges.js';

/**
 * The ledger: what was acknowledged, so that it can be looked for in the store. Lines of text, only ever
 * appended:
 *
 *     {"format":"liftwarden-ledger","version":1,"startedAt":"2026-01-05T08:00:00.000Z"}
 *     = 0 LW-500231-00001 3fa4b2c1-000      source 0 is this terminal in this boot
 *     0 1-81 83                             seqs of source 0 acknowledged since its last line
 *
 * Seqs of one source are never written twice. A last line without its end is what a kill left, and is not
 * read.
 */
const FORMAT = 'liftwarden-ledger';
const VERSION = 1;

/** Acknowledged seqs by terminal and boot. */
export type Ledger = ReadonlyMap<string, ReadonlyMap<string, SeqRanges>>;

/** Appends to a ledger; what `flush` has written survives a kill of this process. */
export class LedgerWriter {
  private readonly sources = new Map<string, number>();
  private lines: string[] = [];
  private readonly file: number;

  /** Throws a `CommandError` when the file is there already or cannot be made. */
  constructor(path: string, startedAt: number) {
    try {
      this.file = openSync(path, 'ax');
    } catch (error) {
      throw new CommandError(`ledger ${path}: ${error instanceof Error ? error.message : error}`);
    }
    const header = { format: FORMAT, version: VERSION, startedAt: new Date(startedAt).toISOString() };
    this.lines.push(JSON.stringify(header));
    this.flush();
  }

  /** Notes that seqs `first` to `last` of a terminal's boot are acknowledged. */
  add(terminal: string, boot: string, first: number, last: number): void {
    const key = `${terminal} ${boot}`;
    let source = this.sources.get(key);
    if (source === undefined) {
      source = this.sources.size;
      this.sources.set(key, source);
      this.lines.push(`= ${source} ${key}`);
    }
    this.lines.push(`${source} ${first === last ? first : `${first}-${last}`}`);
  }

  /** Writes what was noted. */
  flush(): void {
    if (this.lines.length === 0) return;
    writeAll(this.file, Buffer.from(`${this.lines.join('\n')}\n`));
    this.lines = [];
  }

  close(): void {
    this.flush();
    fsyncSync(this.file);
    closeSync(this.file);
  }
}

/** Reads a ledger. Throws a `CommandError` that names the file and the line at fault. */
export function readLedger(path: string): Ledger {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`ledger ${path}: ${error instanceof Error ? error.message : error}`);
  }
  return parseLedger(text, path);
}

export function parseLedger(text: string, path: string): Ledger {
  const [header = '', ...lines] = text.split('\n');
  // What follows the last line's end: nothing, or a line that was being written.
  lines.pop();
  if (!isHeader(header)) {
    throw new CommandError(`ledger ${path}: line 1 is no head of a ledger: ${header.slice(0, 80)}`);
  }
  const sources: { readonly terminal: string; readonly boot: string; readonly ranges: SeqRange[] }[] = [];
  lines.forEach((line, n) => {
    const named = /^= (\d+) (\S+) (\S+)$/.exec(line);
    const noted = named ? null : /^(\d+) ([\d -]+)$/.exec(line);
    const source = noted ? sources[Number(noted[1])] : undefined;
    if (named && Number(named[1]) === sources.length) {
      sources.push({ terminal: named[2] ?? '', boot: named[3] ?? '', ranges: [] });
    } else if (source) source.ranges.push(...rangesOf(noted?.[2] ?? '', path, n + 2));
    else throw lineError(path, n + 2, line);
  });
  const ledger = new Map<string, Map<string, SeqRanges>>();
  for (const { terminal, boot, ranges } of sources) {
    const boots = ledger.get(terminal) ?? new Map<string, SeqRanges>();
    ledger.set(terminal, boots.set(boot, mergeRanges(ranges)));
  }
  return ledger;
}

function rangesOf(text: string, path: string, line: number): SeqRange[] {
  return text.split(' ').map((part) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const range: SeqRange = [Number(first), Number(last ?? first)];
    if (first === undefined || range[1] < range[0]) throw lineError(path, line, text);
    return range;
  });
}

function isHeader(line: string): boolean {
  try {
    const { format, version } = JSON.parse(line) as { format?: unknown; version?: unknown };
    return format === FORMAT && version === VERSION;
  } catch {
    return false;
  }
}

function lineError(path: string, line: number, text: string): CommandError {
  return new CommandError(`ledger ${path}: line ${line} cannot be read: ${text.slice(0, 80)}`);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
