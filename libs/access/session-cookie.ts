import { isSessionToken } from './session-token.js';

export const SESSION_COOKIE = 'liftwarden_session';

/** The session's token in a `Cookie` header, or null. Of several, which nobody honest sends, none counts. */
export function sessionTokenOf(header: string | undefined): string | null {
  const values = (header ?? '').split(';').flatMap((pair) => {
    const [name, ...value] = pair.split('=');
    return name?.trim() === SESSION_COOKIE ? [value.join('=').trim()] : [];
  });
  const [token] = values;
  return values.length === 1 && token !== undefined && isSessionToken(token) ? token : null;
}

/** `Set-Cookie` that hands out a session. `maxAgeS`: whole seconds that the browser keeps it. */
export function sessionCookie(token: string, maxAgeS: number, secure: boolean): string {
  return `${SESSION_COOKIE}=${token}; Path=/; Max-Age=${maxAgeS}; ${attributes(secure)}`;
}

/** `Set-Cookie` that takes it back. */
export function noSessionCookie(secure: boolean): string {
  return `${SESSION_COOKIE}=; Path=/; Max-Age=0; ${attributes(secure)}`;
}

function attributes(secure: boolean): string {
  return `HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}
