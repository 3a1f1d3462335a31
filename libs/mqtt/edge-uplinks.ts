import type { Aedes, PublishPacket } from 'aedes';

/**
 * What a terminal publishes has gone to the handler by now (`authorizePublish`), and nobody may subscribe to
 * it (`maySubscribe`): looking for subscribers of each message took 7 % of the process's CPU in a flood.
 * Retained messages still go the whole way, for the store of the terminal's status.
 */
export function keepUplinksFromSubscribers(aedes: Aedes): void {
  const publish = aedes.publish.bind(aedes) as (packet: PublishPacket, ...rest: unknown[]) => void;
  const uplink = (packet: PublishPacket, ...rest: unknown[]): void => {
    // aedes itself calls with the sending client and a callback; our own messages have no client.
    const [client, done] = rest;
    const fromTerminal = typeof client === 'object' && client !== null;
    if (!fromTerminal || packet.retain || typeof done !== 'function') publish(packet, ...rest);
    // Not at once: aedes reads on in `done`, and would nest a call for every message of a chunk.
    else process.nextTick(done as () => void);
  };
  aedes.publish = uplink as Aedes['publish'];
}
