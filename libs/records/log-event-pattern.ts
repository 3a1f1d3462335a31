import { EventPattern } from '@nestjs/microservices';
import type { EventType } from '#domain';
import { eventLogTransport } from './event-log.strategy.js';

/**
 * Binds a controller's method `(@Payload() event: LogEvent, @Ctx() context: EventLogContext)` to types of
 * event for one consumer: Nest's `EventPattern` with both names checked. A second decorator on a method
 * would replace the first: name all types in one.
 */
export function LogEventPattern(consumer: string, ...types: readonly EventType[]): MethodDecorator {
  return EventPattern<string[]>([...types], eventLogTransport(consumer));
}
