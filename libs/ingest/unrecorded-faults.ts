import { Injectable } from '@nestjs/common';
import type { Fault } from '#domain';
import type { KnownTerminal } from './terminal-registry.js';

/** A critical fault that detection found and the records database does not take now. */
export interface UnrecordedFault {
  readonly fault: Fault;
  /** What the directory knows of its lift; null when the terminal is not bound to that lift any more. */
  readonly known: KnownTerminal | null;
}

/**
 * While the database is stopped, whoever shows alarms hears of critical faults here, from memory. Each is
 * recorded later under the same id, and then comes as an event like any other (DESIGN "Event log").
 */
@Injectable()
export class UnrecordedFaults {
  private readonly listeners = new Set<(unrecorded: UnrecordedFault) => void>();

  /** Returns the stop function. */
  subscribe(listener: (unrecorded: UnrecordedFault) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  publish(unrecorded: UnrecordedFault): void {
    for (const listener of this.listeners) listener(unrecorded);
  }
}
