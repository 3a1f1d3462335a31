import type { Selectable } from 'kysely';
import type { ApiKeyTable, NewLogEvent, Tx } from '#records';
import type { Principal, Role, Scope } from './principal.js';

export interface NewKey {
  readonly label: string;
  readonly role: Role;
  readonly scope: Scope;
}

/** A key as it may be shown: without secret and hash. */
export interface KeyFacts extends NewKey {
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

/** A key with its version: each change is a new one. */
export interface StoredKey {
  readonly facts: KeyFacts;
  readonly version: number;
}

export function storedKey(row: Selectable<ApiKeyTable>): StoredKey {
  return { facts: keyFacts(row), version: row.version };
}

export function keyFacts(row: Selectable<ApiKeyTable>): KeyFacts {
  return {
    id: row.id,
    label: row.label,
    role: row.role,
    scope: scopeOfRow(row),
    createdAt: row.created_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

/** The caller that a row of `api_key` makes. */
export function principalOfRow(
  row: Pick<Selectable<ApiKeyTable>, 'id' | 'role' | 'label' | 'scope_kind' | 'scope_value'>,
): Principal {
  return { keyId: row.id, role: row.role, scope: scopeOfRow(row), label: row.label };
}

export function scopeColumns(scope: Scope): Pick<ApiKeyTable, 'scope_kind' | 'scope_value'> {
  if (scope.kind === 'all') return { scope_kind: 'all', scope_value: null };
  return { scope_kind: scope.kind, scope_value: scope.kind === 'district' ? scope.prefix : scope.firm };
}

/** `by` null = the program itself. Never carries secret or hash. */
export function keyEvent(
  type: 'key.created' | 'key.changed' | 'key.revoked',
  key: KeyFacts,
  by: Principal | null,
): NewLogEvent {
  const { id, label, role, scope } = key;
  const actor = by === null ? null : { keyId: by.keyId, label: by.label };
  return {
    type,
    lift: null,
    district: null,
    firm: null,
    data: { keyId: id, label, role, scope, by: actor },
  };
}

/** The key, locked until the transaction ends; null when there is none that is not revoked. */
export async function lockKey(tx: Tx, id: string): Promise<StoredKey | null> {
  const row = await tx
    .selectFrom('api_key')
    .selectAll()
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : storedKey(row);
}

function scopeOfRow(row: Pick<Selectable<ApiKeyTable>, 'id' | 'scope_kind' | 'scope_value'>): Scope {
  if (row.scope_kind === 'all') return { kind: 'all' };
  // The table's check constraint holds: a scope other than `all` has a value. An empty one would see
  // everything.
  if (!row.scope_value) throw new Error(`API key ${row.id} has scope ${row.scope_kind} without a value.`);
  return row.scope_kind === 'district'
    ? { kind: 'district', prefix: row.scope_value }
    : { kind: 'firm', firm: row.scope_value };
}
