import { type Kysely, sql } from 'kysely';
import { type BreachState, DISTRICT_DIGITS, isDistrictScope, type RateRule, type Scope } from '#domain';
import { jsonText, PREPARED, type Schema, type Tx } from '#records';
import type { SqlPart } from './ledger-rows.js';
import { countyOf, readScope, scopeKey } from './scope-keys.js';

/** Most rules of an installation, disabled ones among them. */
export const RULES_MAX = 20_000;

/** A rule as stored: its newest version. */
export interface StoredRule {
  readonly rule: RateRule;
  readonly madeBy: string;
  /** ms since 1970 UTC. */
  readonly madeAt: number;
  /** The last scope that this version has been put to; null = all have. */
  readonly seedAfter: string | null;
}

/** Where a rule stands with a scope, as stored. */
export interface StoredState {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly scope: Scope;
  readonly state: BreachState;
  /** Why the figure was corrected since it was last looked at. */
  readonly correction: string | null;
  /** When it is looked at again by the clock, ms since 1970 UTC; null = when something touches the scope. */
  readonly dueAt: number | null;
}

interface RuleRow {
  readonly id: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly body: Omit<RateRule, 'id' | 'version' | 'enabled'>;
  readonly made_by: string;
  readonly made_at: Date;
  readonly seed_after: string | null;
}

const RULE_COLUMNS = sql.raw('id, version, enabled, body, made_by, made_at, seed_after');

/** The newest version of every rule, by id; disabled ones too. */
export async function readRules(db: Kysely<Schema>): Promise<readonly StoredRule[]> {
  const { rows } = await sql<RuleRow>`
    select ${RULE_COLUMNS} from rate_rule where current order by id limit ${RULES_MAX}`.execute(db);
  return rows.map(ruleOf);
}

/** Newest versions by their ids. */
export async function readRulesById(
  db: Kysely<Schema>,
  ids: readonly string[],
): Promise<readonly StoredRule[]> {
  const { rows } = await sql<RuleRow>`
    select ${RULE_COLUMNS} from rate_rule where current and id = any(${[...ids]}::text[])`.execute(db);
  return rows.map(ruleOf);
}

/** A rule that has still to be put to scopes; null when every rule has been. */
export async function nextToSeed(db: Kysely<Schema>): Promise<StoredRule | null> {
  const { rows } = await sql<RuleRow>`
    select ${RULE_COLUMNS} from rate_rule where current and enabled and seed_after is not null
    order by id limit 1`.execute(db);
  return rows[0] === undefined ? null : ruleOf(rows[0]);
}

/**
 * Writes, and reads the rules that may watch one of these scopes, whatever the number of rules elsewhere,
 * with their states there: one statement. Not locked: every writer of states holds the consumer's cursor.
 */
export async function writeAndReadWatching(
  tx: Tx,
  writes: readonly SqlPart[],
  scopes: readonly Scope[],
): Promise<{ readonly rules: readonly RateRule[]; readonly states: ReadonlyMap<string, StoredState> }> {
  const kinds = [...new Set(scopes.map(({ kind }) => kind))];
  const places = scopes.map((scope) => (isDistrictScope(scope.kind) ? scope.id : (countyOf(scope) ?? '')));
  const within = [...new Set(places.flatMap((place) => DIGITS.map((digits) => place.slice(0, digits))))];
  const named = writes.map((write, place) => sql`${sql.ref(`write${place}`)} as (${write})`);
  const { rows } = await sql<RuleRow & { readonly states: readonly PackedState[] | null }>`${PREPARED}
    ${named.length > 0 ? sql`with ${sql.join(named)}` : sql``} select ${RULE_COLUMNS},
      (select json_agg(breach)
        from unnest(${scopes.map(({ kind }) => kind)}::text[], ${scopes.map(scopeKey)}::text[])
          as touched (kind, scope)
        cross join lateral (select * from rate_breach stored
          where stored.rule_id = rate_rule.id and stored.scope = touched.scope limit 1) breach
        where touched.kind = rate_rule.scope_kind) as states
    from rate_rule
    where current and enabled and scope_kind = any(${kinds}::text[])
      and (within is null or within = any(${within}::text[])) order by id`.execute(tx);
  const states = rows.flatMap((row) =>
    (row.states ?? []).flatMap((each) =>
      stateOf({ ...each, due_at: each.due_at === null ? null : new Date(each.due_at) }),
    ),
  );
  return {
    rules: rows.map((row) => ruleOf(row).rule),
    states: new Map(states.map((each) => [stateKey(each.ruleId, each.scope), each])),
  };
}

const DIGITS = Object.values(DISTRICT_DIGITS);

export async function readRule(db: Kysely<Schema>, id: string): Promise<StoredRule | null> {
  const { rows } = await sql<RuleRow>`
    select ${RULE_COLUMNS} from rate_rule where id = ${id} and current`.execute(db);
  return rows[0] === undefined ? null : ruleOf(rows[0]);
}

/** Every version of a rule, newest first. */
export async function readRuleVersions(db: Kysely<Schema>, id: string): Promise<readonly StoredRule[]> {
  const { rows } = await sql<RuleRow>`
    select ${RULE_COLUMNS} from rate_rule where id = ${id} order by version desc limit 500`.execute(db);
  return rows.map(ruleOf);
}

/** True when a rule of this kind and filter watches the scope. */
export function watches(rule: Pick<RateRule, 'scopeKind' | 'scopeFilter'>, scope: Scope): boolean {
  if (rule.scopeKind !== scope.kind) return false;
  const { scopeFilter: filter } = rule;
  if (filter === null) return true;
  if ('ids' in filter) return filter.ids.includes(scope.id);
  const place = isDistrictScope(scope.kind) ? scope.id : countyOf(scope);
  return place?.startsWith(filter.district) ?? false;
}

/** States that are to be looked at again by `now`, oldest first, locked. */
export async function lockDueStates(tx: Tx, now: number, limit: number): Promise<readonly StoredState[]> {
  const { rows } = await sql<StateRow>`
    select rule_id, scope, rule_version, body, correction, due_at from rate_breach
    where due_at <= ${new Date(now)} order by due_at limit ${limit} for update`.execute(tx);
  return rows.flatMap((row) => stateOf(row));
}

export function stateKey(ruleId: string, { kind, id }: Scope): string {
  return `${ruleId}\n${kind}:${id}`;
}

/** A state after it was looked at. */
export type EvaluatedState = Omit<StoredState, 'correction'>;

export async function saveStates(tx: Tx, states: readonly EvaluatedState[], now: number): Promise<void> {
  if (states.length === 0) return;
  const rows = states.map(({ ruleId, ruleVersion, scope, state, dueAt }) => ({
    rule_id: ruleId,
    rule_version: ruleVersion,
    scope: `${scope.kind}:${scope.id}`,
    state: state.node,
    body: state,
    due_at: dueAt === null ? null : new Date(dueAt).toISOString(),
  }));
  await sql`${PREPARED}
    insert into rate_breach as stored (rule_id, scope, rule_version, state, body, correction, due_at,
      changed_at)
    select rule_id, scope, rule_version, state, body, null, due_at, ${new Date(now)}::timestamptz
    from jsonb_to_recordset(${jsonText({ rows })}::jsonb -> 'rows') as new (rule_id text, rule_version
      integer,
      scope text, state text, body jsonb, due_at timestamptz)
    on conflict (rule_id, scope) do update set rule_version = excluded.rule_version, state = excluded.state,
      body = excluded.body, correction = null, due_at = excluded.due_at,
      changed_at = case when stored.state = excluded.state then stored.changed_at
        else excluded.changed_at end`.execute(tx);
}

/** Asks for another look at these pairs, now; what they are is kept. */
export async function askForLook(
  tx: Tx,
  pairs: readonly {
    readonly ruleId: string;
    readonly version: number;
    readonly scope: string;
    readonly correction: string | null;
  }[],
  first: BreachState,
  now: number,
): Promise<void> {
  if (pairs.length === 0) return;
  await sql`
    insert into rate_breach as stored (rule_id, scope, rule_version, state, body, correction, due_at,
      changed_at)
    select rule_id, scope, version, ${first.node}, ${jsonText({ ...first })}::jsonb, correction,
      ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz
    from unnest(${pairs.map((each) => each.ruleId)}::text[], ${pairs.map((each) => each.scope)}::text[],
      ${pairs.map((each) => each.version)}::integer[], ${pairs.map((each) => each.correction)}::text[])
      as new (rule_id, scope, version, correction)
    on conflict (rule_id, scope) do update set due_at = least(stored.due_at, excluded.due_at),
      correction = coalesce(excluded.correction, stored.correction)`.execute(tx);
}

interface StateRow {
  readonly rule_id: string;
  readonly scope: string;
  readonly rule_version: number;
  readonly body: BreachState;
  readonly correction: string | null;
  readonly due_at: Date | null;
}

/** A row as JSON has it. */
type PackedState = Omit<StateRow, 'due_at'> & { readonly due_at: string | null };

function stateOf(row: StateRow): readonly StoredState[] {
  const scope = readScope(row.scope);
  if (scope === null) return [];
  const { rule_id: ruleId, rule_version: ruleVersion, body, correction } = row;
  const dueAt = row.due_at?.getTime() ?? null;
  return [{ ruleId, ruleVersion, scope, state: body, correction, dueAt }];
}

function ruleOf(row: RuleRow): StoredRule {
  const { id, version, enabled, body } = row;
  return {
    rule: { ...body, id, version, enabled },
    madeBy: row.made_by,
    madeAt: row.made_at.getTime(),
    seedAfter: row.seed_after,
  };
}
