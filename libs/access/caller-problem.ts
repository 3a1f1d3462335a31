import type { Response } from 'express';
import type { CallerRefusal } from './callers.js';
import { type ProblemException, problem } from './problem.js';

/** The answer to a caller that is refused; sets the headers that go with it. */
export function callerProblem(
  response: Response,
  reason: CallerRefusal,
  retryAfterSeconds: number,
): ProblemException {
  switch (reason) {
    case 'no-key':
      challenge(response, '');
      return problem(401, 'Unauthorized', 'Send an API key as "Authorization: Bearer lw_…", or sign in.');
    case 'wrong-key':
      challenge(response, ', error="invalid_token"');
      return problem(401, 'Unauthorized', 'The API key is unknown or revoked.');
    case 'no-session':
      challenge(response, '');
      return problem(401, 'Unauthorized', 'The session has ended: sign in again.');
    case 'bad-csrf':
      return problem(
        403,
        'CSRF token missing',
        'A change by session wants the header X-CSRF-Token with the csrfToken of GET /api/v1/session.',
      );
    case 'locked-out':
      response.setHeader('Retry-After', String(retryAfterSeconds));
      return problem(
        429,
        'Locked out',
        `Too many wrong keys came from your address: wait ${retryAfterSeconds} s, and check the key.`,
      );
    case 'rate-limited':
      response.setHeader('Retry-After', String(retryAfterSeconds));
      return problem(429, 'Too Many Requests', `Slow down: try again in ${retryAfterSeconds} s.`);
  }
}

function challenge(response: Response, more: string): void {
  response.setHeader('WWW-Authenticate', `Bearer realm="liftwarden"${more}`);
}
