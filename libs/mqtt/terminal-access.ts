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

/** Who may connect and what each may publish: deny by default (invariant 10). Implemented by the fleet. */
export abstract class TerminalAccess {
  /** Checks the secret of a terminal. `null` = accepted. */
  abstract authenticate(terminalId: string, secret: Uint8Array): Promise<ConnectRefusal | null>;
  abstract mayPublish(terminalId: string, topic: string): boolean;
  abstract maySubscribe(terminalId: string, filter: string): boolean;
}
