import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-line.js';
import type { StoredSource } from './compare-sources.js';
import type { SeqRange } from './seq-ranges.js';

const CONCURRENCY = 4;
const TIMEOUT_MS = 60_000;
const BUSY_TRIES = 8;

/** A platform and a key that may read every lift of the fleet. */
export interface Platform {
  /** E.g. `http://localhost:3000`. */
  readonly url: string;
  readonly key: string;
}

/**
 * Asks the platform what the series store holds of these lifts. Throws a `CommandError` when a lift cannot be
 * read: what is not seen must not pass for verified.
 */
export async function storedSources(
  platform: Platform,
  lifts: readonly string[],
  onProgress: (done: number) => void = () => undefined,
): Promise<readonly StoredSource[]> {
  const sources: StoredSource[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let lift = lifts[next++]; lift !== undefined; lift = lifts[next++]) {
      sources.push(...(await sourcesOf(platform, lift)));
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return sources;
}

async function sourcesOf({ url, key }: Platform, lift: string): Promise<readonly StoredSource[]> {
  const address = `${url}/api/v1/lifts/${encodeURIComponent(lift)}/sources`;
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      throw new CommandError(`GET ${address}: ${error.message}`);
    });
    const text = await response.text();
    // The platform asks for patience, and reading changes nothing.
    if ((response.status === 429 || response.status === 503) && attempt < BUSY_TRIES) {
      await sleep(100 * 2 ** attempt);
      continue;
    }
    if (!response.ok) {
      throw new CommandError(`GET ${address}: ${response.status} ${text.slice(0, 200)}`);
    }
    return parseSources(text, address);
  }
}

/** Reads the route's answer. Throws a `CommandError` that names the address when it has another shape. */
export function parseSources(text: string, address: string): readonly StoredSource[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  const items = isRecord(body) && Array.isArray(body.items) ? (body.items as readonly unknown[]) : null;
  if (items === null || !items.every(isSource)) {
    throw new CommandError(`GET ${address}: not the sources of a lift: ${text.slice(0, 200)}`);
  }
  return items;
}

function isSource(item: unknown): item is StoredSource {
  return (
    isRecord(item) &&
    typeof item.terminal === 'string' &&
    (item.boot === null || typeof item.boot === 'string') &&
    Number.isSafeInteger(item.points) &&
    Array.isArray(item.seqs) &&
    item.seqs.every(isRange)
  );
}

function isRange(range: unknown): range is SeqRange {
  return (
    Array.isArray(range) && range.length === 2 && range.every(Number.isSafeInteger) && range[0] <= range[1]
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
