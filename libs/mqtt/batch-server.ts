import { BaseRpcContext, type MessageHandler, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { type InboundMessage, MQTT_BATCH } from './inbound-message.js';

/** What both brokers' strategies share: the way of a batch to the `@EventPattern(MQTT_BATCH)` handler. */
export abstract class BatchServer extends Server {
  /** The handler's failure is ours to act on: no acknowledgement. */
  override readonly propagatesEventHandlerErrors = true;
  private failing = false;
  /** Kept: Nest parses a pattern each time it looks its handler up, 1 % of the thread at 5,000 a second. */
  private handler: MessageHandler | null = null;

  /** Required by Nest's `Server`. These transports have no events of their own; metrics tell what happens. */
  override on(event: string): never {
    throw new Error(`${this.constructor.name} has no event "${event}"; read its metrics instead.`);
  }

  /** Throws without a handler: every message would be acknowledged into nothing. */
  protected requireHandler(): void {
    this.handler = this.getHandlerByPattern(MQTT_BATCH);
    if (this.handler !== null) return;
    throw new Error(
      `${this.constructor.name} has no handler; add a controller with @EventPattern('${MQTT_BATCH}').`,
    );
  }

  /**
   * Runs the Nest handler to its very end: a refusal by a pipe or guard comes as an Observable that errors.
   */
  protected handleBatch(messages: readonly InboundMessage[]): Promise<void> {
    const { handler } = this;
    if (handler === null) return Promise.reject(new Error(`No handler for ${MQTT_BATCH}.`));
    const context = new BaseRpcContext([]);
    return new Promise((resolve, reject) => {
      this.runWithProcessingHooks(context, async (runEndHook) => {
        try {
          const answer: unknown = await handler(messages, context);
          await lastValueFrom(this.transformToObservable(answer), { defaultValue: undefined });
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          runEndHook();
        }
      });
    });
  }

  /** One line when handling begins to fail and one when it works again, not one a batch. */
  protected reportOutcome(failure: Error | null): void {
    if (failure !== null && !this.failing) {
      this.logger.error(`Messages cannot be taken, their connections are cut: ${failure.message}`);
    } else if (failure === null && this.failing) {
      this.logger.log('Messages are taken again.');
    }
    this.failing = failure !== null;
  }
}
