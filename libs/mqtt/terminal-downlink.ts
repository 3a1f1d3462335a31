/**
 * What became of a message to a terminal. `sent` = written to its connection; not that it was acted on:
 * that is what the terminal's reply says. The other words mean that nothing was sent and nothing is queued.
 */
export type DownlinkResult = 'sent' | 'not-connected' | 'not-subscribed' | 'failed';

/** Messages to a connected terminal. Never queued for an absent one: a stale command must not move a lift. */
export abstract class TerminalDownlink {
  /** `topic` must be one the terminal has subscribed to. QoS 1. Never rejects. */
  abstract send(terminalId: string, topic: string, payload: Uint8Array): Promise<DownlinkResult>;
}
