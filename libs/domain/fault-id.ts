import { createHash } from 'node:crypto';
import type { FaultKind } from '#protocol';

/**
 * A fault's id from (lift, kind, identity of the raising message): a replay of the journal gives the same id,
 * so a commit is idempotent. 26 hexadecimal digits (104 bits) of SHA-256.
 */
export function faultId(lift: string, kind: FaultKind, identity: string): string {
  return createHash('sha256').update(`${lift}\n${kind}\n${identity}`).digest('hex').slice(0, 26);
}
