import type { LedgerWriter } from './ledger.js';
import type { LoadConnection } from './load-connection.js';
import { STEPS_A_BOOT } from './morning.js';
import type { PublishFrames } from './publish-frames.js';

/** Takes into the ledger what the connections have got acknowledged since the last time. */
export class LoadLedger {
  private readonly noted: Float64Array;

  constructor(
    private readonly writer: LedgerWriter,
    private readonly frames: PublishFrames,
    terminals: number,
  ) {
    this.noted = new Float64Array(terminals);
  }

  note(connections: readonly LoadConnection[]): void {
    for (const { terminal, window } of connections) {
      const { received } = window;
      let from = this.noted[terminal] ?? 0;
      while (from < received) {
        const endOfBoot = (Math.floor(from / STEPS_A_BOOT) + 1) * STEPS_A_BOOT;
        const to = Math.min(received, endOfBoot);
        const { terminal: id, boot, seq } = this.frames.identityOf(terminal, from);
        this.writer.add(id, boot, seq, seq + (to - from) - 1);
        from = to;
      }
      this.noted[terminal] = received;
    }
    this.writer.flush();
  }

  close(connections: readonly LoadConnection[]): void {
    this.note(connections);
    this.writer.close();
  }
}
