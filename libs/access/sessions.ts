import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type NewLogEvent, Records, type Tx } from '#records';
import { Clock } from '#runtime';
import { AccessChanges } from './access-changes.js';
import { principalOfRow } from './key-rows.js';
import type { Principal } from './principal.js';
import { hashToken, newSessionToken } from './session-token.js';
import { VerifiedCache } from './verified-cache.js';

/** A session unused this long ends: the shift of a duty officer. An open live stream is use. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
/** A session ends this long after it began, however much it is used. */
export const SESSION_LIFE_MS = 7 * 24 * 3_600_000;
/** Sessions of one key; one more ends the one longest unused. */
export const SESSIONS_PER_KEY_MAX = 20;
/** Use is written down at most this often: a write at every request would be the busiest row there is. */
const SEEN_STEP_MS = 60_000;
/** Expired sessions removed at one sign-in. */
const PRUNE_MAX = 500;

export interface Session {
  readonly keyId: string;
  readonly principal: Principal;
  /** ms since 1970 UTC: when it ends if it is not used again. */
  readonly expiresAt: number;
}

/** Browser sessions, in the records database: a restart keeps people signed in, a revoked key ends them. */
@Injectable()
export class Sessions implements OnModuleInit, OnModuleDestroy {
  private readonly verified: VerifiedCache<Session>;
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

  /**
   * Begins a session of `principal` and ends the one whose token is `replaced`. Null when the key has been
   * revoked meanwhile. `token` is the only copy.
   */
  async start(
    principal: Principal,
    replaced: string | null,
  ): Promise<{ readonly token: string; readonly session: Session } | null> {
    const token = newSessionToken();
    const now = this.clock.now();
    const session = { keyId: principal.keyId, principal, expiresAt: now + SESSION_IDLE_MS };
    const started = await this.records.write<boolean>(async (tx) => {
      // The key's row first: a revocation waits for us and then ends this session too, or we see it.
      const key = await tx
        .selectFrom('api_key')
        .select('id')
        .where('id', '=', principal.keyId)
        .where('revoked_at', 'is', null)
        .forUpdate()
        .executeTakeFirst();
      if (key === undefined) return { result: false, events: [] };
      await pruneExpired(tx, new Date(now));
      if (replaced !== null) {
        await tx.deleteFrom('session').where('token_hash', '=', hashToken(replaced)).execute();
      }
      await makeRoom(tx, principal.keyId);
      await tx
        .insertInto('session')
        .values({
          token_hash: hashToken(token),
          key_id: principal.keyId,
          created_at: new Date(now),
          seen_at: new Date(now),
          expires_at: new Date(now + SESSION_LIFE_MS),
        })
        .execute();
      return { result: true, events: [sessionEvent('session.started', principal)] };
    });
    // Whoever had to make room is not believed any longer.
    this.changes.announce(principal.keyId);
    return started ? { token, session } : null;
  }

  /** The session of a token, or null when it has none any more. Throws when the database cannot be asked. */
  async verify(token: string): Promise<Session | null> {
    const digest = hashToken(token);
    const cached = this.verified.get(digest);
    if (cached !== null) return cached;
    const { generation } = this.verified;
    const now = this.clock.now();
    const row = await this.records.db
      .selectFrom('session')
      .innerJoin('api_key', 'api_key.id', 'session.key_id')
      .select(['session.seen_at', 'session.expires_at'])
      .select(['api_key.id', 'api_key.role', 'api_key.label', 'api_key.scope_kind', 'api_key.scope_value'])
      .where('session.token_hash', '=', digest)
      .where('session.expires_at', '>', new Date(now))
      .where('session.seen_at', '>', new Date(now - SESSION_IDLE_MS))
      .where('api_key.revoked_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return null;
    const principal = principalOfRow(row);
    if (now - row.seen_at.getTime() >= SEEN_STEP_MS) await this.writeSeen(digest, now);
    const expiresAt = Math.min(now + SESSION_IDLE_MS, row.expires_at.getTime());
    const session = { keyId: principal.keyId, principal, expiresAt };
    this.verified.keep(digest, session, generation);
    return session;
  }

  /** Ends a session for ever, here at once and in every process within 5 s. */
  async end(token: string, principal: Principal): Promise<void> {
    await this.records.write(async (tx) => {
      const ended = await tx
        .deleteFrom('session')
        .where('token_hash', '=', hashToken(token))
        .executeTakeFirst();
      return {
        result: undefined,
        events: ended.numDeletedRows === 0n ? [] : [sessionEvent('session.ended', principal)],
      };
    });
    this.changes.announce(principal.keyId);
  }

  /** Sessions stored now; for the metric. */
  async count(): Promise<number> {
    const row = await this.records.db
      .selectFrom('session')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  private async writeSeen(digest: string, now: number): Promise<void> {
    await this.records.db
      .updateTable('session')
      .set({ seen_at: new Date(now) })
      .where('token_hash', '=', digest)
      .execute();
  }
}

/** Skips what another transaction holds: two prunings must not wait for each other in a circle. */
async function pruneExpired(tx: Tx, now: Date): Promise<void> {
  await tx
    .deleteFrom('session')
    .where('token_hash', 'in', (select) =>
      select
        .selectFrom('session')
        .select('token_hash')
        .where('expires_at', '<=', now)
        .limit(PRUNE_MAX)
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}

/** The key's row is locked, so that two who sign in at once do not count the same sessions. */
async function makeRoom(tx: Tx, keyId: string): Promise<void> {
  await tx
    .deleteFrom('session')
    .where('token_hash', 'in', (select) =>
      select
        .selectFrom('session')
        .select('token_hash')
        .where('key_id', '=', keyId)
        .orderBy('seen_at', 'desc')
        .orderBy('created_at', 'desc')
        .offset(SESSIONS_PER_KEY_MAX - 1),
    )
    .execute();
}

function sessionEvent(type: 'session.started' | 'session.ended', principal: Principal): NewLogEvent {
  const { keyId, label } = principal;
  return { type, lift: null, district: null, firm: null, data: { keyId, label } };
}
