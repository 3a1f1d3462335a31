import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { type ApiKeyTable, Records } from '#records';
import { Clock } from '#runtime';
import { hashSecret, keyText, newKey, parseKeyText, secretMatches } from './key-text.js';
import type { Principal, Role, Scope } from './principal.js';

/** A revoked key may work this much longer in another process. */
const CACHE_MS = 10_000;
const CACHED_MAX = 1_000;

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

export type RevokeOutcome = 'revoked' | 'unknown-key' | 'last-admin';

/** The API keys: made once, shown once, checked at every request. */
@Injectable()
export class ApiKeys {
  /** By the SHA-256 of the key's text, so that no secret stays in memory. */
  private readonly verified = new Map<string, { readonly principal: Principal; readonly until: number }>();

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  /** The caller behind a bearer token, or null. Throws when the database cannot be asked. */
  async verify(text: string): Promise<Principal | null> {
    const parts = parseKeyText(text);
    if (parts === null) return null;
    const digest = createHash('sha256').update(text).digest('hex');
    const cached = this.verified.get(digest);
    if (cached !== undefined && cached.until > this.clock.now()) return cached.principal;
    this.verified.delete(digest);
    const row = await this.records.db
      .selectFrom('api_key')
      .selectAll()
      .where('id', '=', parts.id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined || !secretMatches(parts.secret, row.secret_hash)) return null;
    const { id, role, scope, label } = factsOf(row);
    const principal: Principal = { keyId: id, role, scope, label };
    this.remember(digest, principal);
    return principal;
  }

  /** Makes a key. `text` is the only copy of its secret. */
  async create(key: NewKey): Promise<{ readonly facts: KeyFacts; readonly text: string }> {
    const text = keyText(newKey());
    return { facts: await this.insert(key, text), text };
  }

  /** Stores a key whose text exists already. */
  async insert(key: NewKey, text: string): Promise<KeyFacts> {
    const parts = parseKeyText(text);
    if (parts === null) throw new Error('ApiKeys.insert: not the text of a key.');
    const row = await this.records.db
      .insertInto('api_key')
      .values({
        id: parts.id,
        role: key.role,
        scope_kind: key.scope.kind,
        scope_value: scopeValue(key.scope),
        secret_hash: hashSecret(parts.secret),
        label: key.label,
        created_at: new Date(this.clock.now()),
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return factsOf(row);
  }

  /** Keys after the id `after`, revoked ones included, in order of id. */
  async list(after: string | null, limit: number): Promise<readonly KeyFacts[]> {
    let query = this.records.db.selectFrom('api_key').selectAll().orderBy('id').limit(limit);
    if (after !== null) query = query.where('id', '>', after);
    return (await query.execute()).map(factsOf);
  }

  async isEmpty(): Promise<boolean> {
    const row = await this.records.db.selectFrom('api_key').select('id').limit(1).executeTakeFirst();
    return row === undefined;
  }

  /** Revokes a key for ever. The last admin key stays, or nobody could make another. */
  async revoke(id: string): Promise<RevokeOutcome> {
    const outcome = await this.records.write<RevokeOutcome>(async (tx) => {
      // The admins are locked in key order, so that two revocations cannot each leave the other as the last.
      const admins = await tx
        .selectFrom('api_key')
        .select('id')
        .where('role', '=', 'admin')
        .where('revoked_at', 'is', null)
        .orderBy('id')
        .forUpdate()
        .execute();
      if (admins.length === 1 && admins[0]?.id === id) return { result: 'last-admin', events: [] };
      const done = await tx
        .updateTable('api_key')
        .set({ revoked_at: new Date(this.clock.now()) })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return { result: done.numUpdatedRows === 0n ? 'unknown-key' : 'revoked', events: [] };
    });
    for (const [digest, { principal }] of this.verified) {
      if (principal.keyId === id) this.verified.delete(digest);
    }
    return outcome;
  }

  private remember(digest: string, principal: Principal): void {
    const oldest = this.verified.keys().next();
    if (this.verified.size >= CACHED_MAX && !oldest.done) this.verified.delete(oldest.value);
    this.verified.set(digest, { principal, until: this.clock.now() + CACHE_MS });
  }
}

function scopeValue(scope: Scope): string | null {
  if (scope.kind === 'all') return null;
  return scope.kind === 'district' ? scope.prefix : scope.firm;
}

function factsOf(row: Selectable<ApiKeyTable>): KeyFacts {
  return {
    id: row.id,
    label: row.label,
    role: row.role,
    scope: scopeOf(row),
    createdAt: row.created_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

function scopeOf(row: Selectable<ApiKeyTable>): Scope {
  if (row.scope_kind === 'all') return { kind: 'all' };
  // The table's check constraint holds: a scope other than `all` has a value. An empty one would see
  // everything.
  if (!row.scope_value) throw new Error(`API key ${row.id} has scope ${row.scope_kind} without a value.`);
  return row.scope_kind === 'district'
    ? { kind: 'district', prefix: row.scope_value }
    : { kind: 'firm', firm: row.scope_value };
}
