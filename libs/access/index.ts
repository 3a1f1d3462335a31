export { ACCESS_RULE, type AccessRule, Allow, CurrentPrincipal, Public } from './access.decorators.js';
export { AccessModule } from './access.module.js';
export { AdminKeyBootstrap } from './admin-key.bootstrap.js';
export { ANSWERS, Answers, type OtherMedia, type RouteAnswers } from './answers.js';
export { ApiKeys } from './api-keys.js';
export { Callers } from './callers.js';
export { allowedVersions, changedSinceRead, entityTag, mustMatch } from './entity-tag.js';
export type { KeyFacts, NewKey } from './key-rows.js';
export { decodeCursor, encodeCursor, type Page, PageQuery, pageOf } from './page.js';
export {
  inScope,
  type Owner,
  type Principal,
  ROLES,
  type Role,
  type Scope,
  scopeFilter,
} from './principal.js';
export { ProblemFilter } from './problem.filter.js';
export { type FieldError, type ProblemDetails, ProblemException, problem } from './problem.js';
export { requestValidation } from './request-validation.js';
export * from './schema.js';
