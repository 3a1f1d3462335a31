import type { Scope } from './principal.js';
import { objectOf, oneOf, type SchemaOf, text, unionOf } from './schema.js';

type ScopeOf<K extends Scope['kind']> = Extract<Scope, { kind: K }>;

/** A key's scope, as the API shows it. */
export const SCOPE_SCHEMA: SchemaOf<Scope> = unionOf<Scope>('Scope', [
  objectOf<ScopeOf<'all'>>('ScopeAll', { kind: oneOf(['all']) }),
  objectOf<ScopeOf<'district'>>('ScopeDistrict', {
    kind: oneOf(['district']),
    prefix: text('The first 2 to 12 digits of district codes.'),
  }),
  objectOf<ScopeOf<'firm'>>('ScopeFirm', { kind: oneOf(['firm']), firm: text('Id of the firm.') }),
]);
