import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RecordsUnavailable } from '#records';
import { type ProblemDetails, ProblemException, problemDetails } from './problem.js';

/**
 * Every error of the HTTP API leaves as problem details. What we did not expect is logged and tells nothing.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    // Only HTTP answers errors: on a message transport its strategy decides about a failure.
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const details = detailsOf(error);
    const instance = request.originalUrl.split('?', 1)[0] ?? '/';
    if (details.status >= 500 && !(error instanceof ProblemException)) {
      this.log.error(
        `${request.method} ${instance} failed: ${String(error)}`,
        error instanceof Error ? error.stack : undefined,
      );
    }
    if (response.headersSent) {
      // An answer that has begun (a stream) cannot turn into an error: cut, so that the client sees it end.
      response.destroy();
      return;
    }
    response
      .status(details.status)
      .type('application/problem+json')
      .send(JSON.stringify({ ...details, instance }));
  }
}

function detailsOf(error: unknown): ProblemDetails {
  if (error instanceof ProblemException) return error.problem;
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return plainDetails(status, status < 500 ? error.message : undefined);
  }
  if (error instanceof RecordsUnavailable) {
    return plainDetails(503, 'The records database does not answer; nothing was done, try again soon.');
  }
  if (sqlState(error) === CHARACTER_NOT_IN_REPERTOIRE) {
    return plainDetails(400, 'A text of the request holds a character that cannot be stored (U+0000).');
  }
  return plainDetails(500, undefined);
}

/** PostgreSQL's text holds no U+0000, wherever in a request it stands. */
const CHARACTER_NOT_IN_REPERTOIRE = '22021';

function sqlState(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function plainDetails(status: number, detail: string | undefined): ProblemDetails {
  const title = STATUS_CODES[status] ?? 'Error';
  return problemDetails(status, title, detail ?? 'The server failed; its log says more.');
}
