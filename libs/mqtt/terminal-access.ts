/** Why a connection was refused; counted by this label, never shown to the client. */
export type ConnectRefusal =
  | 'unknown-terminal'
  | 'wrong-secret'
  | 'revoked'
  | 'client-id-differs'
  | 'no-credentials'
  | 'invalid-client-id'
  | 'will-not-allowed'
  | 'directory-unavailable';

/**
 * Why a connection made before is no longer right. A revoked terminal also loses what the broker keeps of it;
 * one with a new secret connects again.
 */
export type Withdrawal = 'revoked' | 'secret-replaced';

export type WithdrawalListener = (terminalId: string, withdrawal: Withdrawal) => void;

/** Who may connect and what each may publish: deny by default (invariant 10). Implemented by the fleet. */
export abstract class TerminalAccess {
  /** Checks the secret of a terminal. `null` = accepted. */
  abstract authenticate(terminalId: string, secret: Uint8Array): Promise<ConnectRefusal | null>;
  abstract mayPublish(terminalId: string, topic: string): boolean;
  /** True for telemetry, which may be late or left out when the terminal sends too much; false in doubt. */
  abstract isTelemetry(terminalId: string, topic: string): boolean;
  abstract maySubscribe(terminalId: string, filter: string): boolean;
  /**
   * Calls `listener` within seconds of a terminal losing the right to a connection it may have, whichever
   * process took it away. Returns the stop function.
   */
  abstract onWithdrawn(listener: WithdrawalListener): () => void;
}
