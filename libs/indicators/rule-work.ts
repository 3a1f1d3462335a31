import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import {
  type CorrectionReason,
  elapsedPart,
  firstBreachState,
  type RateRule,
  type Scope,
  windowOf,
} from '#domain';
import type { NewLogEvent, Tx } from '#records';
import {
  breachEvent,
  breachToJudge,
  correctionOf,
  figuresIn,
  type LiftOwner,
  type Look,
  lookAt,
  type RuleFigureOf,
} from './evaluate-rules.js';
import type { LedgerChange } from './ledger.js';
import { prefetchFigures, type WantedFigure, writeAndPrefetch } from './prefetch-figures.js';
import {
  askForLook,
  type EvaluatedState,
  lockDueStates,
  readRulesById,
  type StoredRule,
  type StoredState,
  saveStates,
  stateKey,
  watches,
} from './rule-rows.js';
import { readScope, scopeKey } from './scope-keys.js';

/** Most looks of one event's transaction, or of one of the clock; what is beyond waits for the clock. */
export const LOOKS_MAX = 64;
/** The same of a page of several events. */
export const PAGE_LOOKS_MAX = 256;

/** What came of a number of looks. */
export interface Looks {
  readonly looks: number;
  /** Pairs left for the clock. */
  readonly deferred: number;
  readonly events: readonly NewLogEvent[];
}

const NONE: Looks = { looks: 0, deferred: 0, events: [] };

/**
 * Writes a change of the ledger and puts its scopes to the rules that watch them, and to no others: two
 * statements, or one when no state changes. A change that touches very many pairs looks at `looksMax` and
 * leaves the rest to the clock.
 */
export async function putToRules(
  tx: Tx,
  { touched, writes, rules }: LedgerChange,
  now: number,
  looksMax = LOOKS_MAX,
): Promise<Looks> {
  if (touched.size === 0) return NONE;
  const scopes = [...touched].flatMap(([key, correction]) => {
    const scope = readScope(key);
    return scope === null ? [] : [{ scope, correction }];
  });
  const pairs = pairsOf(scopes, rules);
  const [first, later] = [pairs.slice(0, looksMax), pairs.slice(looksMax)];
  const { figureOf, states } = await writeAndPrefetch(tx, writes, running(first, now));
  const looks = first.map(({ rule, scope, correction }): StoredLook => {
    const stored = states.get(stateKey(rule.id, scope)) ?? null;
    return { rule, scope, stored, correction: correction ?? correctionOf(stored?.correction ?? null) };
  });
  // Of the few breaches that stand while facts were corrected: with what was written just now.
  const withStanding = await prefetchFigures(tx, standing(looks), figureOf);
  const done = await look(tx, looks, withStanding, now);
  await askForLook(
    tx,
    later.map(({ rule, scope, correction }) => ({
      ruleId: rule.id,
      version: rule.version,
      scope: scopeKey(scope),
      correction,
    })),
    firstBreachState(now),
    now,
  );
  return { ...done, deferred: later.length };
}

/**
 * Looks at what is due by the clock, at most `limit` pairs. `deferred` is 1 or more when there may be more.
 */
export async function lookAtDue(tx: Tx, now: number, limit: number): Promise<Looks> {
  const due = await lockDueStates(tx, now, limit);
  if (due.length === 0) return NONE;
  const found = await readRulesById(tx, [...new Set(due.map(({ ruleId }) => ruleId))]);
  const rules = new Map(found.map(({ rule }) => [rule.id, rule]));
  const looks = due.flatMap((stored): StoredLook[] => {
    const rule = rules.get(stored.ruleId);
    if (rule === undefined) return [];
    const watched = rule.enabled && watches(rule, stored.scope);
    // A scope that a new version no longer watches ends as if the rule were off.
    const as = watched ? rule : { ...rule, enabled: false };
    return [{ rule: as, scope: stored.scope, stored, correction: correctionOf(stored.correction) }];
  });
  const wanted = [...running(looks, now), ...standing(looks)];
  const figureOf = await prefetchFigures(tx, wanted, figuresIn(tx));
  const done = await look(tx, looks, figureOf, now);
  return { ...done, deferred: due.length === limit ? 1 : 0 };
}

/**
 * Puts a new version to scopes that have something of their kind already, `limit` at a time in key order.
 * Answers how many it took.
 */
export async function seedRule(
  tx: Tx,
  { rule, seedAfter }: StoredRule,
  now: number,
  limit: number,
): Promise<number> {
  const keys = await nextScopes(tx, rule, seedAfter ?? '', limit);
  const pairs = keys.flatMap((key) => {
    const scope = readScope(key);
    if (scope === null || !watches(rule, scope)) return [];
    return [{ ruleId: rule.id, version: rule.version, scope: key, correction: null }];
  });
  await askForLook(tx, pairs, firstBreachState(now), now);
  await sql`
    update rate_rule set seed_after = ${keys.length < limit ? null : (keys.at(-1) ?? null)}
    where id = ${rule.id} and version = ${rule.version}`.execute(tx);
  return keys.length;
}

/** Scopes after `after`, each found by one step along the index, however many rows it has. */
async function nextScopes(tx: Tx, rule: RateRule, after: string, limit: number): Promise<readonly string[]> {
  const prefix = `${rule.scopeKind}:`;
  const isLift = rule.scopeKind === 'lift';
  const table = sql.table(isLift ? 'indicator_fact' : 'indicator_count');
  const column = sql.ref(isLift ? 'lift' : 'scope');
  const from = isLift ? after.slice(prefix.length) : after < prefix ? prefix : after;
  const below = isLift ? sql`true` : sql`${column} < ${`${rule.scopeKind};`}`;
  const { rows } = await sql<{ readonly key: string }>`
    with recursive step (key, place) as (
      select (select min(${column}) from ${table} where ${column} > ${from} and ${below}), 1
      union all
      select (select min(${column}) from ${table} where ${column} > step.key and ${below}), place + 1
      from step where step.key is not null and place < ${limit}
    )
    select key from step where key is not null order by place`.execute(tx);
  return rows.map(({ key }) => (isLift ? `${prefix}${key}` : key));
}

/** A look with the whole of what is stored. */
interface StoredLook extends Look {
  readonly stored: StoredState | null;
}

interface Pair {
  readonly rule: RateRule;
  readonly scope: Scope;
  readonly correction: CorrectionReason | null;
}

/** In key order, so that writers lock states in one order. */
function pairsOf(scopes: readonly Omit<Pair, 'rule'>[], rules: readonly RateRule[]): readonly Pair[] {
  return rules
    .flatMap((rule) =>
      scopes
        .filter(({ scope }) => watches(rule, scope))
        .map(({ scope, correction }) => ({ rule, scope, correction })),
    )
    .sort((one, other) => (stateKey(one.rule.id, one.scope) < stateKey(other.rule.id, other.scope) ? -1 : 1));
}

/** Figures of the running windows. */
function running(pairs: readonly Pick<Look, 'rule' | 'scope'>[], now: number): readonly WantedFigure[] {
  const windows = new Map<RateRule, WantedFigure['period']>();
  return pairs.flatMap(({ rule, scope }) => {
    if (!rule.enabled) return [];
    const period = windows.get(rule) ?? elapsedPart(windowOf(rule, now), now);
    windows.set(rule, period);
    return [{ rule, scope, period }];
  });
}

/** Figures of the windows of breaches that stand although facts of them were corrected. */
function standing(looks: readonly Look[]): readonly WantedFigure[] {
  return looks.flatMap((each) => {
    const period = breachToJudge(each);
    return period === null || !each.rule.enabled ? [] : [{ rule: each.rule, scope: each.scope, period }];
  });
}

async function look(
  tx: Tx,
  looks: readonly StoredLook[],
  figureOf: RuleFigureOf,
  now: number,
): Promise<Looks> {
  const events: NewLogEvent[] = [];
  const states: EvaluatedState[] = [];
  for (const each of looks) {
    const { next, effects } = await lookAt(each, figureOf, now);
    if (!isAsStored(each, next)) states.push(next);
    const lift =
      effects.length > 0 && each.scope.kind === 'lift' ? await ownerOfLift(tx, each.scope.id) : null;
    for (const effect of effects) events.push(breachEvent(effect, each.rule, each.scope, lift));
  }
  await saveStates(tx, states, now);
  return { looks: looks.length, deferred: 0, events };
}

/** Most faults leave a rule where it was: its state is not written again. */
function isAsStored({ stored }: StoredLook, next: EvaluatedState): boolean {
  return (
    stored !== null &&
    stored.correction === null &&
    stored.ruleVersion === next.ruleVersion &&
    stored.dueAt === next.dueAt &&
    isDeepStrictEqual(stored.state, next.state)
  );
}

/** Whose a lift is by its present span; null when the platform does not know it. */
async function ownerOfLift(tx: Tx, lift: string): Promise<LiftOwner | null> {
  const { rows } = await sql<LiftOwner>`
    select district, firm from indicator_span where lift = ${lift} and to_at is null limit 1`.execute(tx);
  return rows[0] ?? null;
}
