import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type InboundMessage, MQTT_BATCH } from '#mqtt';
import { Intake } from './intake.js';

/** The broker's batches enter here; the broker acknowledges when the promise resolves. */
@Controller()
export class IntakeController {
  constructor(private readonly intake: Intake) {}

  @EventPattern(MQTT_BATCH)
  take(@Payload() batch: readonly InboundMessage[]): Promise<void> {
    return this.intake.take(batch);
  }
}
