import { createWriteStream, type WriteStream } from 'node:fs';
import type { LedgerKind, ScenarioAction } from './script.js';

/** One scripted fault that really began. Times are ms since 1970 on the terminal's clock. */
export interface LedgerLine {
  readonly lift: string;
  readonly terminal: string;
  readonly kind: LedgerKind;
  /** When the condition began: the car stood still, the button was pressed, the zone was left. */
  readonly at: number;
  /** When the script is to end it; the last movements (rescue, closing) take some seconds more. */
  readonly endsAt: number;
  readonly how: ScenarioAction;
}

/**
 * Counts scripted faults for the summary and, if asked, writes them as JSON lines. Memory is bounded by
 * `KEPT`.
 */
export class Ledger {
  private static readonly KEPT = 10_000;
  readonly lines: LedgerLine[] = [];
  private readonly counts = new Map<LedgerKind, number>();
  private readonly file: WriteStream | null;
  private failure: Error | null = null;

  constructor(path?: string) {
    this.file = path === undefined ? null : createWriteStream(path, { flags: 'w', mode: 0o600 });
    this.file?.on('error', (error) => {
      this.failure = error;
    });
  }

  add(line: LedgerLine): void {
    this.counts.set(line.kind, (this.counts.get(line.kind) ?? 0) + 1);
    if (this.lines.length >= Ledger.KEPT) this.lines.shift();
    this.lines.push(line);
    this.file?.write(`${JSON.stringify(line)}\n`);
  }

  /** Scripted faults whose time is not over at `now`. */
  activeAt(now: number): number {
    return this.lines.filter((line) => line.endsAt > now).length;
  }

  /** Count and start times of each kind, for the summary. */
  byKind(): { kind: LedgerKind; count: number; at: readonly number[] }[] {
    return [...this.counts].map(([kind, count]) => ({
      kind,
      count,
      at: this.lines.filter((line) => line.kind === kind).map((line) => line.at),
    }));
  }

  /** Answers what went wrong with the file, or null. */
  async close(): Promise<Error | null> {
    const { file } = this;
    if (file && !this.failure) await new Promise<void>((resolve) => file.end(() => resolve()));
    return this.failure;
  }
}
