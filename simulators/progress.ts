/** One line that is rewritten on a terminal, and repeated every `QUIET_MS` in a log. */
export class ProgressLine {
  private static readonly QUIET_MS = 10_000;
  private printedAt = Number.NEGATIVE_INFINITY;
  private open = false;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  /** Call it about each second. */
  show(text: string): void {
    if (this.out.isTTY) {
      this.out.write(`\r\x1b[2K${text.slice(0, Math.max(20, this.out.columns - 1))}`);
      this.open = true;
      return;
    }
    const now = performance.now();
    if (now - this.printedAt < ProgressLine.QUIET_MS) return;
    this.printedAt = now;
    this.out.write(`${text}\n`);
  }

  /** Prints a line of its own; the progress line comes back at the next `show`. */
  say(text: string): void {
    if (this.open) this.out.write('\r\x1b[2K');
    this.open = false;
    this.out.write(`${text}\n`);
  }
}

/** Aborts at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
export function untilInterrupted(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}
