import { BaseRpcContext } from '@nestjs/microservices';
import type { NewLogEvent, Tx } from './records.js';

/** What a handler of the event log gets beside the event. */
export class EventLogContext extends BaseRpcContext<[Tx, NewLogEvent[]]> {
  /** The page's transaction: everything a handler changes goes through it, and commits with the cursor. */
  get tx(): Tx {
    return this.args[0];
  }

  /** Appends an event that commits with the page, after all its rows. */
  emit(event: NewLogEvent): void {
    this.args[1].push(event);
  }
}
