import { type ProblemException, problem } from '#access';

/** Refusals whose row is there already, or taken: the others are wrong requests. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'exists',
  'rescue-code-taken',
  'lift-taken',
  'revoked',
  'overlaps',
  'not-bound',
]);

/** A refused write of one row as the problem that the API answers. */
export function refusalProblem(refusal: {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}): ProblemException {
  const { field, code } = refusal;
  const message = `${refusal.message.charAt(0).toUpperCase()}${refusal.message.slice(1)}.`;
  if (code === 'version-differs') {
    return problem(412, 'Precondition Failed', `${message} Read it again, then repeat the change.`);
  }
  if (code === 'unknown-lift' && field === 'registrationCode') return problem(404, 'Not Found', message);
  if (code === 'unknown-terminal' || code === 'unknown-id') return problem(404, 'Not Found', message);
  if (CONFLICTS.has(code)) return problem(409, 'Duplicate', message);
  return problem(400, 'Invalid request', message, [{ field, message: refusal.message }]);
}
