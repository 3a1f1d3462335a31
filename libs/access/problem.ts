import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** One field of a request that is not as it must be. */
export interface FieldError {
  /** Path of the field, e.g. `scope.prefix`. */
  readonly field: string;
  readonly message: string;
}

/** The body of an error answer (RFC 9457), `application/problem+json`. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request, without its query. */
  readonly instance?: string;
  readonly errors?: readonly FieldError[];
}

/** An expected failure of a request: thrown by a controller, written by `ProblemFilter`. */
export class ProblemException extends HttpException {
  constructor(readonly problem: ProblemDetails) {
    super(problem, problem.status);
  }
}

/**
 * `throw problem(409, 'Duplicate', 'Lift 3110… exists already.')`. `title` names the class of problem and is
 * stable; `detail` says what to do about this one.
 */
export function problem(
  status: number,
  title: string,
  detail: string,
  errors: readonly FieldError[] = [],
): ProblemException {
  return new ProblemException(problemDetails(status, title, detail, errors));
}

/** RFC 9457 wants `about:blank` when the title only repeats the status. */
export function problemDetails(
  status: number,
  title: string,
  detail: string,
  errors: readonly FieldError[] = [],
): ProblemDetails {
  const slug = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const type = title === STATUS_CODES[status] ? 'about:blank' : `urn:liftwarden:problem:${slug}`;
  return { type, title, status, detail, ...(errors.length > 0 && { errors }) };
}
