import type { AlarmInput, AlarmSource } from '#domain';

/** Which alarm: of a fault by its own id, else the open one of a source and key, if there is one. */
export type AlarmTarget =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'source'; readonly source: AlarmSource; readonly key: string };

/** What an event of the log means for an alarm. */
export interface AlarmChange {
  readonly target: AlarmTarget;
  readonly lift: string | null;
  readonly input: AlarmInput;
  /** Whose the alarm is if this makes one; null = nobody's in particular. */
  readonly district: string | null;
  readonly firm: string | null;
  /** When the message behind the event reached us, ms since 1970 UTC; null when no message is. */
  readonly receivedAt: number | null;
}
