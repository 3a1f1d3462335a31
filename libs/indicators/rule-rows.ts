import { type Kysely, sql } from 'kysely';
import { type BreachState, isDistrictScope, type RateRule, type Scope } from '#domain';
import { jsonList, jsonText, preparedStatement, type Schema, type Tx } from '#records';
import { type RuleRow, ruleOf } from './rules-at-places.js';
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

interface StoredRuleRow extends RuleRow {
  readonly made_by: string;
  readonly made_at: Date;
  readonly seed_after: string | null;
}

const RULE_COLUMNS = sql.raw('id, version, enabled, body, made_by, made_at, seed_after');

/** The newest version of every rule, by id; disabled ones too. */
export async function readRules(db: Kysely<Schema>): Promise<readonly StoredRule[]> {
  const { rows } = await sql<StoredRuleRow>`
    select ${RULE_COLUMNS} from rate_rule where current order by id limit ${RULES_MAX}`.execute(db);
  return rows.map(storedRuleOf);
}

/** Newest versions by their ids. */
export async function readRulesById(
  db: Kysely<Schema>,
  ids: readonly string[],
): Promise<readonly StoredRule[]> {
  const { rows } = await sql<StoredRuleRow>`
    select ${RULE_COLUMNS} from rate_rule where current and id = any(${[...ids]}::text[])`.execute(db);
  return rows.map(storedRuleOf);
}

/** A rule that has still to be put to scopes; null when every rule has been. */
export async function nextToSeed(db: Kysely<Schema>): Promise<StoredRule | null> {
  const { rows } = await sql<StoredRuleRow>`
    select ${RULE_COLUMNS} from rate_rule where current and enabled and seed_after is not null
    order by id limit 1`.execute(db);
  return rows[0] === undefined ? null : storedRuleOf(rows[0]);
}

export async function readRule(db: Kysely<Schema>, id: string): Promise<StoredRule | null> {
  const { rows } = await sql<StoredRuleRow>`
    select ${RULE_COLUMNS} from rate_rule where id = ${id} and current`.execute(db);
  return rows[0] === undefined ? null : storedRuleOf(rows[0]);
}

/** Every version of a rule, newest first. */
export async function readRuleVersions(db: Kysely<Schema>, id: string): Promise<readonly StoredRule[]> {
  const { rows } = await sql<StoredRuleRow>`
    select ${RULE_COLUMNS} from rate_rule where id = ${id} order by version desc limit 500`.execute(db);
  return rows.map(storedRuleOf);
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
    scope: scopeKey(scope),
    state: state.node,
    body: state,
    due_at: dueAt === null ? null : new Date(dueAt).toISOString(),
  }));
  await SAVE_STATES(tx, [jsonList(rows), new Date(now)]);
}

const SAVE_STATES = preparedStatement(`
  insert into rate_breach as stored (rule_id, scope, rule_version, state, body, correction, due_at,
    changed_at)
  select rule_id, scope, rule_version, state, body, null, due_at, $2::timestamptz
  from jsonb_to_recordset($1::jsonb) as new (rule_id text, rule_version integer, scope text, state text,
    body jsonb, due_at timestamptz)
  on conflict (rule_id, scope) do update set rule_version = excluded.rule_version, state = excluded.state,
    body = excluded.body, correction = null, due_at = excluded.due_at,
    changed_at = case when stored.state = excluded.state then stored.changed_at
      else excluded.changed_at end`);

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

/** A state as stored. */
export interface StateRow {
  readonly rule_id: string;
  readonly scope: string;
  readonly rule_version: number;
  readonly body: BreachState;
  readonly correction: string | null;
  /** As the driver reads the column, or as JSON has it. */
  readonly due_at: Date | string | null;
}

/** States by `stateKey`. */
export function unpackStates(packed: readonly StateRow[]): ReadonlyMap<string, StoredState> {
  const states = packed.flatMap(stateOf);
  return new Map(states.map((each) => [stateKey(each.ruleId, each.scope), each]));
}

function stateOf(row: StateRow): readonly StoredState[] {
  const scope = readScope(row.scope);
  if (scope === null) return [];
  const { rule_id: ruleId, rule_version: ruleVersion, body, correction } = row;
  const dueAt = row.due_at === null ? null : new Date(row.due_at).getTime();
  return [{ ruleId, ruleVersion, scope, state: body, correction, dueAt }];
}

function storedRuleOf(row: StoredRuleRow): StoredRule {
  return {
    rule: ruleOf(row),
    madeBy: row.made_by,
    madeAt: row.made_at.getTime(),
    seedAfter: row.seed_after,
  };
}
