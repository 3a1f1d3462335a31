import { SetMetadata } from '@nestjs/common';
import type { AnySchema } from './schema.js';

export const ANSWERS = 'liftwarden:answers';

/** An answer that is no JSON document. */
export interface OtherMedia {
  readonly media: string;
  readonly description: string;
}

/** What a route says of its answers, for the published contract. */
export interface RouteAnswers {
  /** What the route does, one sentence. */
  readonly is: string;
  /** The body of the good answer; null for none. */
  readonly body: AnySchema | OtherMedia | null;
  /** Statuses of refusals of its own; what holds for every route (400, 401, 403, 429, 503) is added. */
  readonly refuses?: readonly number[];
  /** Headers of the good answer, by name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Describes a route for `/api/openapi.json`. A route of the API without it fails the contract's test. */
export function Answers(answers: RouteAnswers): MethodDecorator {
  return SetMetadata<string, RouteAnswers>(ANSWERS, answers);
}
