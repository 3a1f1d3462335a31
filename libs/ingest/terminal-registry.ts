/** What intake must know of a terminal at the moment a message of its arrives. */
export interface KnownTerminal {
  readonly id: string;
  /** Name of its profile in `#protocol`. */
  readonly profile: string;
  /** Registration code of the lift it is bound to; null = bound to none. */
  readonly lift: string | null;
  /** Full administrative code of the lift's place: 6, 9 or 12 digits. */
  readonly district: string | null;
  /** The lift's maintenance firm. */
  readonly firm: string | null;
  /** What an alarm shows of the lift while the database is stopped; null without a lift. */
  readonly address: string | null;
  readonly rescueCode: string | null;
}

/** Who the terminals are. A port: the fleet keeps the directory. */
export abstract class TerminalRegistry {
  /** Null = no such terminal. From memory: called for every message. */
  abstract lookup(terminalId: string): KnownTerminal | null;
}
