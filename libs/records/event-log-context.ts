import { BaseRpcContext } from '@nestjs/microservices';
import type { NewLogEvent, Tx } from './records.js';

/** What a handler of the event log gets beside the event. */
export class EventLogContext extends BaseRpcContext<[Tx, NewLogEvent[]]> {
  private readonly endings: (() => Promise<void>)[] = [];
  private readonly gathered = new Map<object, object>();

  /** The page's transaction: everything a handler changes goes through it, and commits with the cursor. */
  get tx(): Tx {
    return this.args[0];
  }

  /** Appends an event that commits with the page, after all its rows. */
  emit(event: NewLogEvent): void {
    this.args[1].push(event);
  }

  /**
   * Runs `work` after the page's last event, in its transaction: for what costs less for many events than for
   * each. When it fails the page is tried again event by event.
   */
  atPageEnd(work: () => Promise<void>): void {
    this.endings.push(work);
  }

  /**
   * What `consumer` gathers over the page, made by the first event that asks. It ends with the page: a
   * WeakMap by transaction would keep it until the next full collection.
   */
  gathering<T extends object>(consumer: object, make: () => T): T {
    const known = this.gathered.get(consumer);
    // Each consumer asks with a `make` of one type.
    if (known !== undefined) return known as T;
    const made = make();
    this.gathered.set(consumer, made);
    return made;
  }

  /** Runs what was asked for at the end of the page. */
  async endPage(): Promise<void> {
    for (const work of this.endings) await work();
  }
}
