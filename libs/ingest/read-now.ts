import type { JournalBatch, JournalReader } from '#journal';

const BATCH_MAX = 1_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

/** Reads without waiting for more to come: when the newest entries are damaged, none would. */
export function readNow(reader: JournalReader): Promise<JournalBatch | null> {
  const asked = new AbortController();
  const batch = reader.next(BATCH_MAX, BATCH_BYTES_MAX, asked.signal);
  asked.abort();
  return batch;
}
