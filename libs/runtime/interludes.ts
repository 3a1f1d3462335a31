import { Injectable } from '@nestjs/common';

/**
 * Looks at what must not wait for the end of a long turn of the event loop. Node hears of sockets, files and
 * threads once a turn, and while 1,000 terminals speak a turn lasts 30 to 80 ms. An alarm is twenty trips to
 * the embedded database's thread: it came after a second (decision 0017). An acknowledgement waits for the
 * journal's thread: it came after 0.17 s (decision 0021).
 */
@Injectable()
export class Interludes {
  private readonly looks = new Set<() => void>();

  /** `look` is called often: it must cost nothing while there is nothing to hear. Answers how to end it. */
  add(look: () => void): () => void {
    this.looks.add(look);
    return () => {
      this.looks.delete(look);
    };
  }

  /** For who does many small pieces of work in one turn: between two of them. */
  take(): void {
    for (const look of this.looks) look();
  }
}
