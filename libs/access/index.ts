export { Allow, CurrentPrincipal, Public } from './access.decorators.js';
export { AccessModule } from './access.module.js';
export { AdminKeyBootstrap } from './admin-key.bootstrap.js';
export { ApiKeys, type KeyFacts, type NewKey } from './api-keys.js';
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
