import type { Aedes } from 'aedes';
import { nativeTopic } from '#protocol';

/** What of aedes' store a purge needs; its types leave the store open (`persistence?: any`). */
interface KeptState {
  cleanIncoming(client: { readonly id: string }): Promise<void>;
  cleanSubscriptions(client: { readonly id: string }): Promise<unknown>;
}

/**
 * Forgets what the broker keeps of a terminal: its retained status (all that may be retained of it), the
 * halves of QoS 2 exchanges, subscriptions. Messages to it are never queued: sessions are clean.
 */
export async function purgeKept(aedes: Aedes, terminalId: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    aedes.publish(
      {
        cmd: 'publish',
        // MQTT 3.1.1 §3.3.1.3: a retained message of no bytes deletes the one before.
        topic: nativeTopic(terminalId, 'status'),
        payload: Buffer.alloc(0),
        qos: 0,
        retain: true,
        dup: false,
      },
      (error) => (error ? reject(error) : resolve()),
    );
  });
  const { persistence } = aedes as unknown as { readonly persistence: KeptState };
  await persistence.cleanIncoming({ id: terminalId });
  await persistence.cleanSubscriptions({ id: terminalId });
}
