import { type Kysely, sql } from 'kysely';
import { dateStart, type RateRule, shanghaiDate } from '#domain';
import { jsonText, type Schema, type Tx } from '#records';
import type { PolicyProfile } from './policy-profile.js';
import { isDue, ruleOfTarget } from './policy-verdict.js';
import { readRules } from './rule-rows.js';

/** A profile in force in a district and all below it; days of China time, half open. */
export interface DistrictPolicy {
  readonly district: string;
  readonly profile: string;
  /** `YYYY-MM-DD`. */
  readonly fromOn: string;
  readonly toOn: string | null;
  readonly version: number;
}

const COLUMNS = sql.raw('district, profile, from_on::text as "fromOn", to_on::text as "toOn", version');
/** Most district policies of an installation: some 3,000 counties with a few plans each. */
const POLICIES_MAX = 20_000;

/** Policies of a district itself, by profile. */
export async function readDistrictPolicies(
  db: Kysely<Schema>,
  district: string,
): Promise<readonly DistrictPolicy[]> {
  const { rows } = await sql<DistrictPolicy>`
    select ${COLUMNS} from district_policy where district = ${district} order by profile`.execute(db);
  return rows;
}

/** Policies that hold at `day` in the district, its own and those of what contains it. */
export async function policiesInForce(
  db: Kysely<Schema>,
  district: string,
  day: string,
): Promise<readonly DistrictPolicy[]> {
  const { rows } = await sql<DistrictPolicy>`
    select ${COLUMNS} from district_policy
    where starts_with(${district}, district) and from_on <= ${day}::date and (to_on is null or to_on >
      ${day}::date)
    order by district, profile`.execute(db);
  return rows;
}

/**
 * Makes each target of a policy in force a rule of its district, and ends those that no longer hold. Run
 * after a change and at each new day. Rules made by people are left alone. Answers how many it wrote.
 */
export async function syncPolicyRules(
  tx: Tx,
  profileOf: (id: string) => PolicyProfile | null,
  now: number,
): Promise<number> {
  const { rows: policies } = await sql<DistrictPolicy>`
    select ${COLUMNS} from district_policy order by district, profile limit ${POLICIES_MAX}`.execute(tx);
  const wanted = new Map(
    policies.flatMap((policy) => rulesOf(policy, profileOf, now)).map((rule) => [rule.id, rule]),
  );
  const stored = new Map((await readRules(tx)).map(({ rule }) => [rule.id, rule]));
  const changed: RateRule[] = [];
  for (const rule of wanted.values()) {
    const before = stored.get(rule.id);
    if (before === undefined && !rule.enabled) continue;
    if (before !== undefined && sameRule(before, rule)) continue;
    changed.push({ ...rule, version: (before?.version ?? 0) + 1 });
  }
  for (const rule of stored.values()) {
    if (!rule.id.startsWith('policy:') || !rule.enabled || wanted.has(rule.id)) continue;
    changed.push({ ...rule, version: rule.version + 1, enabled: false });
  }
  for (const rule of changed) await insertRule(tx, rule, 'policy', now);
  return changed.length;
}

function rulesOf(
  policy: DistrictPolicy,
  profileOf: (id: string) => PolicyProfile | null,
  now: number,
): readonly RateRule[] {
  const profile = profileOf(policy.profile);
  if (profile === null) return [];
  const today = shanghaiDate(now);
  const inForce = policy.fromOn <= today && (policy.toOn === null || policy.toOn > today);
  return profile.indicators.map((target) => {
    const rule = ruleOfTarget(profile, target, { district: policy.district }, inForce && isDue(target, now));
    return { ...rule, id: `${rule.id}@${policy.district}` };
  });
}

/** Writes a version of a rule; what the one before has said is ended at the next look, which is at once. */
export async function insertRule(tx: Tx, rule: RateRule, by: string, now: number): Promise<void> {
  const { id, version, enabled, ...body } = rule;
  const { scopeKind, scopeFilter } = rule;
  const within = scopeFilter !== null && 'district' in scopeFilter ? scopeFilter.district : null;
  await sql`update rate_rule set current = false where id = ${id} and current`.execute(tx);
  await sql`
    insert into rate_rule (id, version, enabled, current, scope_kind, within, body, seed_after, made_by,
      made_at)
    values (${id}, ${version}, ${enabled}, true, ${scopeKind}, ${within}, ${jsonText(body)}::jsonb,
      ${enabled ? '' : null}, ${by}, ${new Date(now)})`.execute(tx);
  await sql`
    update rate_breach set due_at = ${new Date(now)} where rule_id = ${id} and state <> 'within'`.execute(tx);
}

/** True when two versions ask for the same. */
export function sameRule(one: RateRule, other: RateRule): boolean {
  return comparable(one) === comparable(other);
}

function comparable({ version: _version, ...rule }: RateRule): string {
  return JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The first moment of a policy day; throws for a text that is none, which the caller has checked. */
export function dayOf(date: string): number {
  const at = dateStart(date);
  if (at === null) throw new Error(`${JSON.stringify(date)} is no day.`);
  return at;
}
