import type { JournalBatch, JournalReader } from '#journal';

/** Reads without waiting for more to come: when the newest entries are damaged, none would. */
export function readNow(
  reader: JournalReader,
  maxEntries: number,
  maxBytes: number,
): Promise<JournalBatch | null> {
  const asked = new AbortController();
  const batch = reader.next(maxEntries, maxBytes, asked.signal);
  asked.abort();
  return batch;
}
