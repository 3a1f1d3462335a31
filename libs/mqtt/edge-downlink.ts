import { Logger } from '@nestjs/common';
import { type DownlinkResult, TerminalDownlink } from './terminal-downlink.js';

/** What the downlink asks of the broker. */
export interface DownlinkChannel {
  /** The filters that a connected terminal has subscribed to; null when it is not connected. */
  subscriptionsOf(terminalId: string): ReadonlySet<string> | null;
  publish(topic: string, payload: Uint8Array, qos: 0 | 1 | 2): Promise<void>;
}

/** Messages to the terminals that are connected to the edge broker. */
export class EdgeDownlink extends TerminalDownlink {
  private readonly logger = new Logger('EdgeBroker');

  constructor(private readonly channel: DownlinkChannel) {
    super();
  }

  async send(terminalId: string, topic: string, payload: Uint8Array): Promise<DownlinkResult> {
    const subscriptions = this.channel.subscriptionsOf(terminalId);
    if (subscriptions === null) return 'not-connected';
    if (!subscriptions.has(topic)) return 'not-subscribed';
    try {
      await this.channel.publish(topic, payload, 1);
      return 'sent';
    } catch (error) {
      this.logger.warn(`A message to terminal ${terminalId} on ${topic} was not sent: ${String(error)}`);
      return 'failed';
    }
  }
}
