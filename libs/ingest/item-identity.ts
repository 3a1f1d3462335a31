import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MessageEntry } from '#journal';
import type { Decoded, DecodedItem } from '#protocol';
import { sampleHash } from './sample-hash.js';
import type { SeenIdentities, Verdict } from './seen-identities.js';

type Raw = Pick<MessageEntry, 'topic' | 'payload' | 'receivedAt'>;

/** How many items were judged how. */
export type VerdictCounts = Record<Verdict, number>;

export const NO_DUPLICATES: readonly number[] = Object.freeze([]);

/**
 * Judges every item of a message by its identity (DESIGN "Identity and order"), remembers it and adds to
 * `counts`. Answers the indexes of the duplicates.
 */
export function judgeItems(
  seen: SeenIdentities,
  terminal: string,
  message: Raw,
  items: readonly DecodedItem[],
  counts: VerdictCounts,
): readonly number[] {
  let duplicates: number[] | null = null;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item === undefined) continue;
    const verdict = judgeItem(seen, terminal, message, item, index);
    counts[verdict] += 1;
    if (verdict !== 'duplicate') continue;
    duplicates ??= [];
    duplicates.push(index);
  }
  return duplicates ?? NO_DUPLICATES;
}

function judgeItem(
  seen: SeenIdentities,
  terminal: string,
  message: Raw,
  item: DecodedItem,
  index: number,
): Verdict {
  if (isNumbered(item)) return seen.judge(terminal, item.origin, contentHash(item));
  // A state is never dropped: applied twice it changes nothing and renews the heartbeat. A last will is
  // written at CONNECT, so that two of them within ten minutes may well be the same bytes.
  if (item.origin.at === null || item.type === 'status') return 'new';
  return seen.judgeUnnumbered(terminal, contentKey(message, index), message.receivedAt);
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
  judgeItems(seen, terminal, entry, decoded.items, noCounts());
}

export function noCounts(): VerdictCounts {
  return { new: 0, duplicate: 0, 'seq-reused': 0 };
}

function isNumbered(item: DecodedItem): boolean {
  return item.origin.id !== null || item.origin.seq !== null;
}

/**
 * Over what the item says and when, not over `stored`: a message sent again from the terminal's store is the
 * same.
 */
function contentHash(item: DecodedItem): number {
  if (item.type === 'sample') return sampleHash(item.origin.at, item.sample);
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
