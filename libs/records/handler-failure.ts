import type { LogEvent } from './records.js';

/** A handler's failure, with the place of its event in the page: what came before it can still commit. */
export class HandlerFailure extends Error {
  constructor(
    readonly place: number,
    readonly event: LogEvent,
    cause: unknown,
  ) {
    super(`Handler of ${event.type} (event ${event.id}) failed: ${textOf(cause)}`, { cause });
  }
}

/** A failure in words, whatever was thrown. */
export function textOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'object' ? JSON.stringify(cause) : String(cause);
}

/** The stack of a handler's own error. */
export function stackOf(error: unknown): string | undefined {
  const cause = error instanceof HandlerFailure ? error.cause : error;
  return cause instanceof Error ? cause.stack : undefined;
}
