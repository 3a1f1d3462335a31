import { type ApiFailure, type ApiResult, type Credentials, Http } from './http.js';
import { moment, oneOf, record, text } from './read-json.js';

export const ROLE_NAMES = ['regulator', 'firm', 'dispatcher', 'tester', 'admin'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** What a key may see: everything, a district by the prefix of its codes, or a firm. */
export interface KeyScope {
  readonly kind: 'all' | 'district' | 'firm';
  /** The prefix or the firm's id; '' for everything. */
  readonly id: string;
}

/** Who is signed in. The key itself is kept nowhere: the server holds the session, the browser its cookie. */
export interface Session {
  /** Null when a newer server sends one this page does not know: then nothing is offered less. */
  readonly role: RoleName | null;
  /** Whose key it is, for people. */
  readonly name: string;
  /** Null when the server does not say. */
  readonly scope: KeyScope | null;
  /** Ms since 1970 UTC; null when the server does not say. */
  readonly expiresAtMs: number | null;
  readonly credentials: Credentials;
}

/** What the role may do; the server decides, the page only does not offer what it would refuse. */
export function mayAcknowledge({ role }: Pick<Session, 'role'>): boolean {
  return role !== 'tester';
}

export function mayClose({ role }: Pick<Session, 'role'>): boolean {
  return role !== 'tester' && role !== 'firm';
}

export function maySeeQuarantine({ role }: Pick<Session, 'role'>): boolean {
  return role === null || role === 'admin' || role === 'tester';
}

export function maySeeWebhooks({ role }: Pick<Session, 'role'>): boolean {
  return role === null || role === 'admin' || role === 'regulator' || role === 'firm';
}

/** Rules on rates, and which policies hold where. */
export function mayRule({ role }: Pick<Session, 'role'>): boolean {
  return role === null || role === 'regulator' || role === 'admin';
}

/** Signs of bad practice: for those who watch over firms, and not for the firms. */
export function maySeeFindings({ role }: Pick<Session, 'role'>): boolean {
  return role === null || role === 'regulator' || role === 'dispatcher' || role === 'admin';
}

/** The door of the page. */
export interface SessionDoor {
  /** The session this browser already has; a failure `unauthorized` when it has none. */
  resume(): Promise<ApiResult<Session>>;
  /** Exchanges a key for a session. */
  enter(key: string): Promise<ApiResult<Session>>;
  /** Ends the session on the server. A server that cannot be reached ends it by its expiry. */
  leave(session: Session): Promise<void>;
}

/**
 * A key that can travel in a request: visible ASCII. `fetch` throws on anything else, so it is said before.
 */
export function isSendableKey(key: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(key);
}

/** Of `POST /api/v1/session`, which sets an HttpOnly cookie; changes then want its `X-CSRF-Token` too. */
export function createSessionDoor(send: typeof fetch): SessionDoor {
  const http = (credentials: Credentials) =>
    new Http({ credentials, fetch: send, onServerDate: () => undefined });
  const stranger = http(cookieWith(null));
  return {
    resume: async () => readSession(await stranger.get('/session')),
    enter: async (key) => readSession(await stranger.post('/session', { key })),
    leave: async (session) => {
      await http(session.credentials).delete('/session');
    },
  };
}

function cookieWith(csrfToken: string | null): Credentials {
  return {
    mode: 'same-origin',
    headers: (changes): Readonly<Record<string, string>> =>
      changes && csrfToken !== null ? { 'X-CSRF-Token': csrfToken } : {},
  };
}

function readSession(answer: ApiResult<unknown>): ApiResult<Session> {
  if (!answer.ok) return answer;
  const raw = record(answer.value);
  const csrfToken = text(raw?.csrfToken);
  if (raw === null || csrfToken === null) return unreadable();
  return {
    ok: true,
    value: {
      role: oneOf(ROLE_NAMES, raw.role),
      name: text(raw.name) ?? '',
      scope: readKeyScope(raw.scope),
      expiresAtMs: moment(raw.expiresAt),
      credentials: cookieWith(csrfToken),
    },
  };
}

function readKeyScope(value: unknown): KeyScope | null {
  const raw = record(value);
  const kind = oneOf(['all', 'district', 'firm'], raw?.kind);
  if (kind === null) return null;
  const id = kind === 'district' ? text(raw?.prefix) : text(raw?.firm);
  return kind === 'all' ? { kind, id: '' } : id === null ? null : { kind, id };
}

function unreadable(): ApiFailure {
  const detail = '/session: the answer has no "csrfToken"';
  return { ok: false, reason: 'refused', status: 200, detail };
}
