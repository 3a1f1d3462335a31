import { changedSinceRead, type ProblemException, problem } from '#access';
import { URL_REFUSALS } from './endpoint-url.js';
import { ENDPOINTS_MAX, type EndpointFailure, SCOPE_ENDPOINTS_MAX } from './webhook-endpoints.js';

export function noEndpoint(id: string): ProblemException {
  return problem(404, 'Not Found', `No webhook "${id}" in your scope.`);
}

/** What a caller is told. */
export function failureProblem(id: string, failure: EndpointFailure): ProblemException {
  switch (failure.reason) {
    case 'unknown':
      return noEndpoint(id);
    case 'version-differs':
      return changedSinceRead(`Webhook "${id}"`);
    case 'too-many':
      return problem(
        409,
        'Too many webhooks',
        `There are ${SCOPE_ENDPOINTS_MAX} webhooks of this scope, or ${ENDPOINTS_MAX} in all: remove one.`,
      );
    case 'disabled':
      return problem(409, 'Webhook disabled', `Webhook "${id}" is disabled: enable it first.`);
    case 'rotated-too-often':
      return problem(
        409,
        'Rotated too often',
        `Three old secrets of webhook "${id}" still hold: wait until one is 24 hours old.`,
      );
    case 'secret-unreadable':
      return problem(
        409,
        'Secret unreadable',
        `The secret of webhook "${id}" was sealed with another WEBHOOK_KEY: give that, or make another.`,
      );
    case 'not-for-firms':
      return problem(400, 'Invalid request', 'Only a key of scope "all" makes a webhook for a firm.', [
        { field: 'firm', message: 'firm is for keys of scope "all"' },
      ]);
    case 'bad-url':
      return problem(422, 'URL refused', `The URL is refused: ${URL_REFUSALS[failure.refusal]}.`, [
        { field: 'url', message: failure.refusal },
      ]);
  }
}
