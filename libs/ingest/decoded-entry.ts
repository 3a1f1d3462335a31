import type { MessageEntry } from '#journal';
import { type Decoded, PROFILES } from '#protocol';

/**
 * What the entry's payload says: from intake's memo while a reader keeps up, decoded again from disk
 * otherwise.
 */
export function decodedEntry(entry: MessageEntry): Decoded {
  if (entry.memo !== undefined) return entry.memo as Decoded;
  if (entry.refusal !== null) return { ok: false, ...entry.refusal };
  const profile = PROFILES.get(entry.source.profile ?? '');
  if (!profile) {
    const detail = `the journal names the profile ${entry.source.profile}, which this version does not have`;
    return { ok: false, reason: 'unknown-topic', detail };
  }
  return profile.decode(entry.topic, entry.payload);
}
