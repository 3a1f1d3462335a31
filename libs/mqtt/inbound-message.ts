/** A published message as the broker took it, before anyone looked inside. */
export interface InboundMessage {
  /** The authenticated terminal on the edge broker; null behind an external broker, which does not say. */
  readonly clientId: string | null;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly receivedAt: number;
  /** False when the sender had no right to the topic: keep the bytes, then the broker cuts the sender off. */
  readonly allowed: boolean;
}

/** The one pattern of the batch transport: `@EventPattern(MQTT_BATCH)` takes `readonly InboundMessage[]`. */
export const MQTT_BATCH = 'mqtt.batch';
