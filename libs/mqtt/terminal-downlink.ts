/**
 * What became of a message to a terminal. `sent` = written to its connection, or taken by the external broker
 * that has it; not that it was acted on: that is what the terminal's reply says. The other words mean that
 * nothing is queued here; after `failed` an external broker may have it all the same.
 */
export type DownlinkResult = 'sent' | 'not-connected' | 'not-subscribed' | 'failed';

/** Messages to a connected terminal. Never queued for an absent one: a stale command must not move a lift. */
export abstract class TerminalDownlink {
  /** `topic` must be one the terminal has subscribed to. QoS 1. Never rejects. */
  abstract send(terminalId: string, topic: string, payload: Uint8Array): Promise<DownlinkResult>;
}
