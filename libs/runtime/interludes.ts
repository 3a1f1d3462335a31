import { Injectable } from '@nestjs/common';

/**
 * Looks at what must not wait for the end of a long turn of the event loop. Node hears of sockets, files and
 * threads once a turn, and while 1,000 terminals speak a turn lasts 30 ms, every answer of the embedded
 * database's thread one of them: an alarm, twenty such trips, came after a second (issue 4).
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
