import type { MqttClient } from 'mqtt';
import type { PlatformProcess } from './platform-process.js';
import { connect, type Registered } from './test-terminal.js';

const WINDOW = 20;
const RECONNECT_MS = 50;

/** One message of a script. */
export interface ScriptedMessage {
  readonly name: 'telemetry' | 'event';
  readonly payload: string;
}

/**
 * A terminal that loses nothing: publishes its script in order with QoS 1, 20 in flight, and after a lost
 * connection sends what was not acknowledged again, byte for byte.
 */
export class SteadySender {
  acknowledged = 0;
  private stopped = false;

  constructor(
    private readonly platform: PlatformProcess,
    private readonly terminal: Registered,
    private readonly script: readonly ScriptedMessage[],
  ) {}

  /** Resolves when the last message is acknowledged. */
  async run(): Promise<void> {
    while (this.acknowledged < this.script.length && !this.stopped) {
      const client = await connect(this.platform, this.terminal, { queueQoSZero: false }).catch(() => null);
      if (client !== null) await this.send(client);
      else await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  stop(): void {
    this.stopped = true;
  }

  /** Sends on from the first message that is not acknowledged, until all is or the connection ends. */
  private send(client: MqttClient): Promise<void> {
    return new Promise((resolve) => {
      let next = this.acknowledged;
      let over = false;
      const finish = () => {
        if (over) return;
        over = true;
        client.end(true);
        resolve();
      };
      const fill = () => {
        while (!over && next < this.script.length && next - this.acknowledged < WINDOW) {
          const index = next++;
          const message = this.script[index];
          if (!message) return;
          const topic = `lift/v1/${this.terminal.id}/${message.name}`;
          client.publish(topic, message.payload, { qos: 1 }, (error) => {
            // Only in order: an acknowledgement behind a gap counts when the gap is closed.
            if (error || over || index !== this.acknowledged) return;
            this.acknowledged += 1;
            if (this.acknowledged === this.script.length || this.stopped) finish();
            else fill();
          });
        }
      };
      client.once('close', finish);
      fill();
    });
  }
}
