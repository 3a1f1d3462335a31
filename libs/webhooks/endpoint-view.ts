import type { Selectable } from 'kysely';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  dateTime,
  type FieldsOf,
  integer,
  listOf,
  nullable,
  objectOf,
  oneOf,
  type Principal,
  pageOfSchema,
  type SchemaOf,
  type Scope,
  text,
  unionOf,
} from '#access';
import type { WebhookEndpointTable } from '#records';
import { type EndpointSecrets, oldUntil, openSecrets } from './endpoint-secrets.js';
import { SealBroken, type SecretBox } from './secret-box.js';
import { publicKeyText } from './sign.js';

export const ENDPOINT_STATES = ['enabled', 'disabled'] as const;

/** A subscription, as its owner sees it; its secret is not in it. */
export interface EndpointView {
  readonly id: string;
  readonly label: string;
  readonly url: string;
  readonly scope: Scope;
  readonly types: readonly string[];
  readonly kinds: readonly string[];
  readonly priorities: readonly string[];
  readonly district: string | null;
  readonly signatures: readonly string[];
  /** `whpk_…`, for `v1a`; null when the secret does not open with this key. */
  readonly publicKey: string | null;
  /** Until when an old secret signs too; null when none does, or when they do not open with this key. */
  readonly oldSecretUntil: string | null;
  readonly concurrency: number;
  readonly ratePerSecond: number;
  readonly state: (typeof ENDPOINT_STATES)[number];
  readonly stateReason: string;
  readonly stateAt: string;
  readonly failingSince: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
}

export type EndpointRow = Selectable<WebhookEndpointTable>;

/** `now`: ms since 1970 UTC. */
export function endpointView(row: EndpointRow, box: SecretBox, now: number): EndpointView {
  const secrets = secretsOf(row, box);
  const until = secrets === null ? null : oldUntil(secrets, now);
  return {
    id: row.id,
    label: row.label,
    url: row.url,
    scope: scopeOf(row),
    types: row.types,
    kinds: row.kinds,
    priorities: row.priorities,
    district: row.district,
    signatures: row.signatures,
    publicKey: secrets === null ? null : publicKeyText(secrets.current.privateKey),
    oldSecretUntil: until === null ? null : new Date(until).toISOString(),
    concurrency: row.concurrency,
    ratePerSecond: row.rate_per_second,
    state: row.state === 'enabled' ? 'enabled' : 'disabled',
    stateReason: row.state_reason,
    stateAt: row.state_at.toISOString(),
    failingSince: row.failing_since?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}

function scopeOf({ scope_kind, scope_value }: EndpointRow): Scope {
  if (scope_kind === 'district') return { kind: 'district', prefix: scope_value ?? '' };
  return scope_kind === 'firm' ? { kind: 'firm', firm: scope_value ?? '' } : { kind: 'all' };
}

function secretsOf(row: EndpointRow, box: SecretBox): EndpointSecrets | null {
  try {
    return openSecrets(box, row.id, row.secrets);
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}

/**
 * The endpoints that a caller sees, as a condition on `webhook_endpoint`: a firm its own, a district those of
 * the district and below, `all` every one.
 */
export function seenBy({ scope }: Principal): RawBuilder<SqlBool> {
  switch (scope.kind) {
    case 'all':
      return sql<SqlBool>`true`;
    case 'district':
      return sql<SqlBool>`webhook_endpoint.scope_kind = 'district'
        and starts_with(webhook_endpoint.scope_value, ${scope.prefix})`;
    case 'firm':
      return sql<SqlBool>`webhook_endpoint.scope_kind = 'firm'
        and webhook_endpoint.scope_value = ${scope.firm}`;
  }
}

type ScopeKind<K extends Scope['kind']> = Extract<Scope, { kind: K }>;

const SCOPE: SchemaOf<Scope> = unionOf<Scope>('WebhookScope', [
  objectOf<ScopeKind<'all'>>('WebhookScopeAll', { kind: oneOf(['all']) }),
  objectOf<ScopeKind<'district'>>('WebhookScopeDistrict', { kind: oneOf(['district']), prefix: text() }),
  objectOf<ScopeKind<'firm'>>('WebhookScopeFirm', { kind: oneOf(['firm']), firm: text() }),
]);

const FIELDS: FieldsOf<EndpointView> = {
  id: text(),
  label: text(),
  url: text(),
  scope: SCOPE,
  types: listOf(text(), 'Types that are sent; empty = all.'),
  kinds: listOf(text(), 'Kinds that are sent; empty = all.'),
  priorities: listOf(text(), 'Priorities that are sent; empty = all.'),
  district: nullable(text('Only what lies in that district.')),
  signatures: listOf(text(), 'Schemes that messages are signed by.'),
  publicKey: nullable(text('whpk_…, which checks signatures of scheme v1a.')),
  oldSecretUntil: nullable(dateTime('Until when an old secret signs too.')),
  concurrency: integer('Attempts under way at once.'),
  ratePerSecond: integer('Attempts a second.'),
  state: oneOf(ENDPOINT_STATES),
  stateReason: text('Why it is in this state.'),
  stateAt: dateTime(),
  failingSince: nullable(dateTime('First failure since the last success.')),
  createdAt: dateTime(),
  createdBy: text('Id of the key that made it.'),
};

export const ENDPOINT_SCHEMA = objectOf<EndpointView>('Webhook', FIELDS);
export const ENDPOINT_PAGE_SCHEMA = pageOfSchema('WebhookPage', ENDPOINT_SCHEMA);

/** An endpoint with its secret, shown this once. */
export type NewEndpointView = EndpointView & { readonly secret: string };

export const NEW_ENDPOINT_SCHEMA = objectOf<NewEndpointView>('NewWebhook', {
  ...FIELDS,
  secret: text('whsec_…: shown this once.'),
});
