import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Records, storableText, type Tx } from '#records';
import { Clock } from '#runtime';
import { AccessChanges } from './access-changes.js';
import {
  type KeyFacts,
  keyEvent,
  keyFacts,
  lockKey,
  type NewKey,
  principalOfRow,
  type StoredKey,
  scopeColumns,
  storedKey,
} from './key-rows.js';
import { hashSecret, keyText, newKey, parseKeyText, secretMatches } from './key-text.js';
import type { Principal } from './principal.js';
import { hashToken } from './session-token.js';
import { VerifiedCache } from './verified-cache.js';

export type RevokeOutcome = 'revoked' | 'unknown-key' | 'last-admin';

/** Compared with when no key has the id: an unknown id must not answer sooner than a wrong secret. */
const NO_HASH = hashSecret('');

/** The API keys: made once, shown once, checked at every request. */
@Injectable()
export class ApiKeys implements OnModuleInit, OnModuleDestroy {
  private readonly verified: VerifiedCache<Principal>;
  private stop: () => void = () => undefined;

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly changes: AccessChanges,
  ) {
    this.verified = new VerifiedCache(clock);
  }

  onModuleInit(): void {
    this.stop = this.changes.onChange((keyId) => this.verified.forget(keyId));
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** The caller behind a key's text, or null. Throws when the database cannot be asked. */
  async verify(text: string): Promise<Principal | null> {
    const parts = parseKeyText(text);
    if (parts === null) return null;
    const digest = hashToken(text);
    const cached = this.verified.get(digest);
    if (cached !== null) return cached;
    const { generation } = this.verified;
    const row = await this.records.db
      .selectFrom('api_key')
      .selectAll()
      .where('id', '=', parts.id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    const matches = secretMatches(parts.secret, row?.secret_hash ?? NO_HASH);
    if (row === undefined || !matches) return null;
    const principal = principalOfRow(row);
    this.verified.keep(digest, principal, generation);
    return principal;
  }

  /** Makes a key. `text` is the only copy of its secret; `by` null = the program itself. */
  async create(
    key: NewKey,
    by: Principal | null = null,
  ): Promise<{ readonly facts: KeyFacts; readonly text: string }> {
    const text = keyText(newKey());
    return { facts: await this.insert(key, text, by), text };
  }

  /** Stores a key whose text exists already. */
  async insert(key: NewKey, text: string, by: Principal | null = null): Promise<KeyFacts> {
    const parts = parseKeyText(text);
    if (parts === null) throw new Error('ApiKeys.insert: not the text of a key.');
    return this.records.write(async (tx) => {
      const row = await tx
        .insertInto('api_key')
        .values({
          id: parts.id,
          role: key.role,
          ...scopeColumns(key.scope),
          secret_hash: hashSecret(parts.secret),
          label: storableText(key.label),
          created_at: new Date(this.clock.now()),
          revoked_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const facts = keyFacts(row);
      return { result: facts, events: [keyEvent('key.created', facts, by)] };
    });
  }

  /** Keys after the id `after`, revoked ones included, in order of id. */
  async list(after: string | null, limit: number): Promise<readonly KeyFacts[]> {
    let query = this.records.db.selectFrom('api_key').selectAll().orderBy('id').limit(limit);
    if (after !== null) query = query.where('id', '>', after);
    return (await query.execute()).map(keyFacts);
  }

  /** A key, revoked or not; null when there is none. */
  async find(id: string): Promise<StoredKey | null> {
    const row = await this.records.db
      .selectFrom('api_key')
      .selectAll()
      .where('id', '=', storableText(id))
      .executeTakeFirst();
    return row === undefined ? null : storedKey(row);
  }

  async isEmpty(): Promise<boolean> {
    const row = await this.records.db.selectFrom('api_key').select('id').limit(1).executeTakeFirst();
    return row === undefined;
  }

  /**
   * Changes label and scope of a key that is not revoked; null when there is none. `next` says what it
   * becomes, from what it is now; what that throws undoes everything. What rests on the key follows within
   * 5 s, sessions and streams too.
   */
  async change(
    id: string,
    next: (now: StoredKey) => Pick<NewKey, 'label' | 'scope'>,
    by: Principal,
  ): Promise<StoredKey | null> {
    const changed = await this.records.write<StoredKey | null>(async (tx) => {
      const before = await lockKey(tx, storableText(id));
      if (before === null) return { result: null, events: [] };
      const { label, scope } = next(before);
      const facts = { ...before.facts, label: storableText(label), scope };
      const version = before.version + 1;
      await tx
        .updateTable('api_key')
        .set({ label: facts.label, ...scopeColumns(scope), version })
        .where('id', '=', facts.id)
        .execute();
      return { result: { facts, version }, events: [keyEvent('key.changed', facts, by)] };
    });
    this.changes.announce(id);
    return changed;
  }

  /** Revokes a key for ever, with its sessions. The last admin key stays, or nobody could make another. */
  async revoke(id: string, by: Principal | null = null): Promise<RevokeOutcome> {
    const outcome = await this.records.write<RevokeOutcome>(async (tx) => {
      if (await isLastAdmin(tx, id)) return { result: 'last-admin', events: [] };
      const key = await lockKey(tx, storableText(id));
      if (key === null) return { result: 'unknown-key', events: [] };
      await tx
        .updateTable('api_key')
        .set({ revoked_at: new Date(this.clock.now()), version: key.version + 1 })
        .where('id', '=', key.facts.id)
        .execute();
      await tx.deleteFrom('session').where('key_id', '=', key.facts.id).execute();
      return { result: 'revoked', events: [keyEvent('key.revoked', key.facts, by)] };
    });
    this.changes.announce(id);
    return outcome;
  }
}

/** Locks the admins in key order, so that two revocations cannot each leave the other as the last. */
async function isLastAdmin(tx: Tx, id: string): Promise<boolean> {
  const admins = await tx
    .selectFrom('api_key')
    .select('id')
    .where('role', '=', 'admin')
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  return admins.length === 1 && admins[0]?.id === id;
}
