import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import type { Principal } from '#access';
import { type NewLogEvent, Records, type Schema, type Tx } from '#records';
import { Clock } from '#runtime';
import type { EndpointChoicesDto, EndpointPatchDto, NewEndpointDto } from './endpoint.dto.js';
import { newSecrets, openSecrets, rotated, sealSecrets } from './endpoint-secrets.js';
import { cancelPending, endpointEvent } from './endpoint-state.js';
import { checkEndpointUrl, type UrlRefusal } from './endpoint-url.js';
import {
  type EndpointRow,
  type EndpointView,
  endpointView,
  type NewEndpointView,
  seenBy,
} from './endpoint-view.js';
import { bodyText } from './publication.js';
import { SealBroken } from './secret-box.js';
import { SenderWakes } from './sender-wakes.js';
import { WebhookSettings } from './webhook-settings.js';

/** Endpoints of one scope, and of the installation: a label of the metrics each. */
export const SCOPE_ENDPOINTS_MAX = 100;
export const ENDPOINTS_MAX = 5_000;
const DEFAULTS = { concurrency: 4, rate_per_second: 50 };
/** Makes of two processes that both are below a bound not both go over it. */
const COUNT_LOCK = 7_236_004;

export type EndpointFailure =
  | { readonly ok: false; readonly reason: 'unknown' | 'version-differs' | 'too-many' | 'disabled' }
  | { readonly ok: false; readonly reason: 'rotated-too-often' | 'secret-unreadable' | 'not-for-firms' }
  | { readonly ok: false; readonly reason: 'bad-url'; readonly refusal: UrlRefusal };

export type Outcome<T> = { readonly ok: true; readonly value: T } | EndpointFailure;

export interface Versioned<T> {
  readonly view: T;
  readonly version: number;
}

/** Subscriptions: made, changed, removed; secrets shown once and rotated. */
@Injectable()
export class WebhookEndpoints {
  constructor(
    private readonly records: Records,
    private readonly settings: WebhookSettings,
    private readonly wakes: SenderWakes,
    private readonly clock: Clock,
  ) {}

  async create(dto: NewEndpointDto, by: Principal): Promise<Outcome<Versioned<NewEndpointView>>> {
    const checked = checkEndpointUrl(dto.url, this.settings.allowed);
    if (!checked.ok) return { ok: false, reason: 'bad-url', refusal: checked.refusal };
    if (typeof dto.firm === 'string' && by.scope.kind !== 'all')
      return { ok: false, reason: 'not-for-firms' };
    const id = `we_${randomBytes(8).toString('hex')}`;
    const secrets = newSecrets();
    const now = new Date(this.clock.now());
    const row = await this.records.db.transaction().execute(async (tx) => {
      const scope = scopeColumns(dto, by);
      if (!(await hasRoom(tx, scope))) return null;
      return tx
        .insertInto('webhook_endpoint')
        .values({
          ...{ id, ...scope, label: dto.label, url: checked.url.href, types: [], kinds: [], priorities: [] },
          ...{ district: null, signatures: ['v1'], ...DEFAULTS, ...columnsOf(dto) },
          secrets: sealSecrets(this.settings.box, id, secrets),
          ...{ state: 'enabled', state_reason: 'created', state_at: now, failing_since: null },
          ...{ tokens: dto.ratePerSecond ?? DEFAULTS.rate_per_second, tokens_at: now },
          ...{ created_at: now, created_by: by.keyId },
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    if (row === null) return { ok: false, reason: 'too-many' };
    const view = { ...this.viewOf(row), secret: secrets.current.secret };
    return { ok: true, value: { view, version: row.version } };
  }

  async list(by: Principal, after: string | null, limit: number): Promise<readonly EndpointView[]> {
    const rows = await this.records.db
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('state', '<>', 'removed')
      .where(seenBy(by))
      .where('id', '>', after ?? '')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => this.viewOf(row));
  }

  async find(id: string, by: Principal): Promise<Versioned<EndpointView> | null> {
    const row = await seenEndpoint(this.records.db, id, by).executeTakeFirst();
    return row === undefined ? null : { view: this.viewOf(row), version: row.version };
  }

  /** Enabling anew forgets that it failed. Disabling cancels what waits. */
  change(
    id: string,
    dto: EndpointPatchDto,
    allowed: ReadonlySet<number> | null,
    by: Principal,
  ): Promise<Outcome<Versioned<EndpointView>>> {
    return this.records.write<Outcome<Versioned<EndpointView>>>(async (tx) => {
      const before = await lockEndpoint(tx, id, by, allowed);
      if ('ok' in before) return nothing(before);
      const checked = typeof dto.url === 'string' ? checkEndpointUrl(dto.url, this.settings.allowed) : null;
      if (checked?.ok === false) return nothing({ ok: false, reason: 'bad-url', refusal: checked.refusal });
      const now = new Date(this.clock.now());
      const wanted = wantedState(dto.enabled, before.state);
      const moves = wanted !== before.state;
      const row = await tx
        .updateTable('webhook_endpoint')
        .set({
          ...columnsOf(dto),
          ...(typeof dto.label === 'string' ? { label: dto.label } : {}),
          ...(checked === null ? {} : { url: checked.url.href }),
          ...(moves ? { state: wanted, state_reason: 'by-person', state_at: now, failing_since: null } : {}),
          version: before.version + 1,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      if (moves && wanted === 'disabled') await cancelPending(tx, id, 'endpoint-disabled', now);
      const value = { view: this.viewOf(row), version: row.version };
      // A person who disables an endpoint knows it; one who enables it ends the alarm.
      const events =
        moves && wanted === 'enabled' ? [endpointEvent('webhook.enabled', row, 'by-person')] : [];
      return { result: { ok: true, value }, events };
    });
  }

  /** Its deliveries stay to be read until they are too old. */
  remove(id: string, allowed: ReadonlySet<number> | null, by: Principal): Promise<Outcome<null>> {
    return this.records.write<Outcome<null>>(async (tx) => {
      const before = await lockEndpoint(tx, id, by, allowed);
      if ('ok' in before) return nothing(before);
      const now = new Date(this.clock.now());
      await tx
        .updateTable('webhook_endpoint')
        .set({ state: 'removed', state_reason: 'by-person', state_at: now, version: before.version + 1 })
        .where('id', '=', id)
        .execute();
      await cancelPending(tx, id, 'endpoint-removed', now);
      // An endpoint that is no more needs no alarm that it is disabled.
      const ended = before.state === 'disabled' ? [endpointEvent('webhook.enabled', before, 'removed')] : [];
      return { result: { ok: true, value: null }, events: ended };
    });
  }

  /** New keys at once; messages carry signatures of both for 24 hours. */
  rotate(
    id: string,
    allowed: ReadonlySet<number> | null,
    by: Principal,
  ): Promise<Outcome<Versioned<NewEndpointView>>> {
    const { box } = this.settings;
    return this.records.write<Outcome<Versioned<NewEndpointView>>>(async (tx) => {
      const before = await lockEndpoint(tx, id, by, allowed);
      if ('ok' in before) return nothing(before);
      const secrets = this.unsealed(before);
      if (secrets === null) return nothing({ ok: false, reason: 'secret-unreadable' });
      const next = rotated(secrets, this.clock.now());
      if (next === null) return nothing({ ok: false, reason: 'rotated-too-often' });
      const row = await tx
        .updateTable('webhook_endpoint')
        .set({ secrets: sealSecrets(box, id, next), version: before.version + 1 })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      const view = { ...this.viewOf(row), secret: next.current.secret };
      return { result: { ok: true, value: { view, version: row.version } }, events: [] };
    });
  }

  /** Queues a `webhook.test` for this endpoint alone; answers the delivery's id. */
  async test(id: string, by: Principal): Promise<Outcome<string>> {
    const now = this.clock.now();
    const event = `test-${randomBytes(8).toString('hex')}`;
    const fields = { endpoint: id, message: 'A test, asked for by a person.' };
    const none = { kind: null, priority: null, evidence: null, subject: null, about: null };
    const body = bodyText({ type: 'webhook.test', at: now, ...none, fields }, event, null, null);
    const outcome = await this.records.db.transaction().execute<Outcome<string>>(async (tx) => {
      const row = await lockEndpoint(tx, id, by, null);
      if ('ok' in row) return row;
      if (row.state !== 'enabled') return { ok: false, reason: 'disabled' };
      const { rows } = await sql<{ id: string }>`
        with stored as (
          insert into webhook_event (id, type, recorded_at, body)
          values (${event}, 'webhook.test', ${new Date(now)}::timestamptz, ${body}) returning position
        )
        insert into webhook_delivery (id, endpoint, event, state, reason, schedule, due_at, created_at)
        select ${`msg_${event}_${id}`}, ${id}, position, 'pending', 'queued', 'normal',
          ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz
        from stored returning id`.execute(tx);
      return { ok: true, value: rows[0]?.id ?? '' };
    });
    if (outcome.ok) this.wakes.now([id]);
    return outcome;
  }

  private viewOf(row: EndpointRow): EndpointView {
    return endpointView(row, this.settings.box, this.clock.now());
  }

  private unsealed(row: EndpointRow) {
    try {
      return openSecrets(this.settings.box, row.id, row.secrets);
    } catch (error) {
      if (error instanceof SealBroken) return null;
      throw error;
    }
  }
}

function nothing<T>(result: T): { readonly result: T; readonly events: readonly NewLogEvent[] } {
  return { result, events: [] };
}

export function seenEndpoint(db: Kysely<Schema>, id: string, by: Principal) {
  return db
    .selectFrom('webhook_endpoint')
    .selectAll()
    .where('id', '=', id)
    .where('state', '<>', 'removed')
    .where(seenBy(by));
}

async function lockEndpoint(
  tx: Tx,
  id: string,
  by: Principal,
  allowed: ReadonlySet<number> | null,
): Promise<EndpointRow | EndpointFailure> {
  const row = await seenEndpoint(tx, id, by).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return { ok: false, reason: 'unknown' };
  if (allowed !== null && !allowed.has(row.version)) return { ok: false, reason: 'version-differs' };
  return row;
}

type ScopeColumns = Pick<EndpointRow, 'scope_kind' | 'scope_value'>;

function scopeColumns({ firm }: NewEndpointDto, { scope }: Principal): ScopeColumns {
  if (typeof firm === 'string') return { scope_kind: 'firm', scope_value: firm };
  if (scope.kind === 'district') return { scope_kind: 'district', scope_value: scope.prefix };
  if (scope.kind === 'firm') return { scope_kind: 'firm', scope_value: scope.firm };
  return { scope_kind: 'all', scope_value: null };
}

async function hasRoom(tx: Tx, { scope_kind, scope_value }: ScopeColumns): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${COUNT_LOCK})`.execute(tx);
  const { rows } = await sql<{ total: number; mine: number }>`
    select count(*) as total,
      count(*) filter (where scope_kind = ${scope_kind}
        and scope_value is not distinct from ${scope_value}) as mine
    from webhook_endpoint where state <> 'removed'`.execute(tx);
  const { total, mine } = rows[0] ?? { total: 0, mine: 0 };
  return total < ENDPOINTS_MAX && mine < SCOPE_ENDPOINTS_MAX;
}

function wantedState(enabled: boolean | null | undefined, now: EndpointRow['state']): EndpointRow['state'] {
  if (typeof enabled !== 'boolean') return now;
  return enabled ? 'enabled' : 'disabled';
}

/** The columns that `dto` gives; a field that is absent stays, null gives a filter or a limit up. */
function columnsOf(dto: EndpointChoicesDto) {
  const { types, kinds, priorities, district, signatures, concurrency, ratePerSecond } = dto;
  return {
    ...(types === undefined ? {} : { types: types ?? [] }),
    ...(kinds === undefined ? {} : { kinds: kinds ?? [] }),
    ...(priorities === undefined ? {} : { priorities: priorities ?? [] }),
    ...(district === undefined ? {} : { district }),
    ...(signatures === undefined ? {} : { signatures: signatures ?? ['v1'] }),
    ...(concurrency === undefined ? {} : { concurrency: concurrency ?? DEFAULTS.concurrency }),
    ...(ratePerSecond === undefined ? {} : { rate_per_second: ratePerSecond ?? DEFAULTS.rate_per_second }),
  };
}
