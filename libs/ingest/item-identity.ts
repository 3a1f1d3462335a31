import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MessageEntry } from '#journal';
import type { Decoded, DecodedItem } from '#protocol';
import type { SeenIdentities, Verdict } from './seen-identities.js';

type Raw = Pick<MessageEntry, 'topic' | 'payload' | 'receivedAt'>;

/** Judges every item of a message by its identity (DESIGN "Identity and order") and remembers it. */
export function judgeItems(
  seen: SeenIdentities,
  terminal: string,
  message: Raw,
  items: readonly DecodedItem[],
): Verdict[] {
  return items.map((item, index) => {
    if (isNumbered(item)) return seen.judge(terminal, item.origin, contentHash(item));
    // A state is never dropped: applied twice it changes nothing and renews the heartbeat. A last will is
    // written at CONNECT, so that two of them within ten minutes may well be the same bytes.
    if (item.origin.at === null || item.type === 'status') return 'new';
    return seen.judgeUnnumbered(terminal, contentKey(message, index), message.receivedAt);
  });
}

/** Takes back what `judgeItems` remembered of a message that did not become durable. */
export function forgetItems(
  seen: SeenIdentities,
  terminal: string,
  entry: MessageEntry,
  items: readonly DecodedItem[],
): void {
  items.forEach((item, index) => {
    if (entry.duplicates.includes(index)) return;
    if (isNumbered(item)) seen.forget(terminal, item.origin);
    else seen.forgetUnnumbered(terminal, contentKey(entry, index));
  });
}

/** Remembers the identities and the clock offset of an entry read back from the journal at start. */
export function rememberEntry(seen: SeenIdentities, entry: MessageEntry, decoded: Decoded): void {
  const { terminal } = entry.source;
  if (terminal === null || !decoded.ok) return;
  const first = decoded.items[0];
  if (first) seen.offsetMs(terminal, first.origin, entry.receivedAt);
  judgeItems(seen, terminal, entry, decoded.items);
}

function isNumbered(item: DecodedItem): boolean {
  return item.origin.id !== null || item.origin.seq !== null;
}

/**
 * Over what the item says and when, not over `stored`: a message sent again from the terminal's store is the
 * same.
 */
function contentHash(item: DecodedItem): number {
  const { origin, ...content } = item;
  return crc32(JSON.stringify([origin.at, content]));
}

function contentKey(message: Raw, index: number): string {
  return createHash('sha1')
    .update(message.topic)
    .update('\n')
    .update(message.payload)
    .update(`\n${index}`)
    .digest('base64');
}
