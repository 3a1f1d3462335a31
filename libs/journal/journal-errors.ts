/**
 * Why there was no room: `bytes` = the journal holds its `maxBytes`; `pending` = the disk is slower than
 * intake and `maxPendingBytes` wait for it; `no-space` = the disk itself is full.
 */
export type JournalFullReason = 'bytes' | 'pending' | 'no-space';

/**
 * The entries were not taken, and later ones may be: nothing else is wrong. Do not acknowledge; try again
 * later.
 */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';

  constructor(
    readonly reason: JournalFullReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A write or an fsync failed, and the journal takes nothing more: after a failed fsync the kernel may have
 * dropped the pages and forgotten the error, so a second try that succeeds would prove nothing. Restart the
 * process.
 */
export class JournalFailedError extends Error {
  override readonly name = 'JournalFailedError';
}

/** The bytes were written, but whether they are on the disk is unknown. `cause` is the system's error. */
export class NotSyncedError extends Error {
  override readonly name = 'NotSyncedError';
}

/** The code of a Node system error such as `ENOSPC`, or null. */
export function systemErrorCode(error: unknown): string | null {
  // Not by instanceof: an error of Node's own may be of another realm than the code that asks.
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
