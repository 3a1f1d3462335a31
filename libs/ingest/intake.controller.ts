import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type InboundMessage, MQTT_BATCH } from '#mqtt';
import { Intake } from './intake.js';
import { TerminalReplies } from './terminal-replies.js';

/** The broker's batches enter here; the broker acknowledges when the promise resolves. */
@Controller()
export class IntakeController {
  constructor(
    private readonly intake: Intake,
    private readonly replies: TerminalReplies,
  ) {}

  @EventPattern(MQTT_BATCH)
  async take(@Payload() batch: readonly InboundMessage[]): Promise<void> {
    await this.intake.take(batch);
    this.replies.answer(batch);
  }
}
