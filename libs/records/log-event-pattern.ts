import { EventPattern } from '@nestjs/microservices';
import type { EventType } from '#domain';
import { eventLogTransport } from './event-log.strategy.js';

/**
 * Binds a controller's method `(@Payload() event: LogEvent, @Ctx() context: EventLogContext)` to one type of
 * event for one consumer: Nest's `EventPattern` with both names checked.
 */
export function LogEventPattern(consumer: string, type: EventType): MethodDecorator {
  return EventPattern<string>(type, eventLogTransport(consumer));
}
