import { DISTRICT_DIGITS, type RateRule } from '#domain';
import { jsonList, preparedStatement, type Tx } from '#records';

/** The newest version of a rule, as stored. */
export interface RuleRow {
  readonly id: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly body: Omit<RateRule, 'id' | 'version' | 'enabled'>;
}

export function ruleOf({ id, version, enabled, body }: RuleRow): RateRule {
  const { indicator, parameters, evidence, scopeKind, scopeFilter } = body;
  const { threshold, direction, window, minimumExposure, hysteresis, holdMs } = body;
  return {
    id,
    version,
    indicator,
    parameters,
    evidence,
    scopeKind,
    scopeFilter,
    threshold,
    direction,
    window,
    minimumExposure,
    hysteresis,
    holdMs,
    enabled,
  };
}

/**
 * Selects, as one list, the enabled rules that may watch scopes in a `place` (a table of the statement with a
 * column `district`): those of no district and those of one that it lies in. The index finds them, whatever
 * the number of rules elsewhere.
 */
export const RULES_AT_PLACES = `
  select coalesce(json_agg(rule), '[]') from (
    select id, version, enabled, body from rate_rule where current and enabled and within is null
    union all
    select watching.* from (
      select distinct left(district, digits) as code from place,
        unnest(array[${Object.values(DISTRICT_DIGITS).join(', ')}]) as digits
    ) above cross join lateral (select id, version, enabled, body from rate_rule
      where current and enabled and within = above.code offset 0) watching
  ) rule`;

const READ_RULES = preparedStatement<{ readonly rules: readonly RuleRow[] }>(`
  with place as (select jsonb_array_elements_text($1::jsonb) as district)
  select (${RULES_AT_PLACES}) as rules`);

/** The enabled rules that may watch scopes in these districts, those of no district among them. */
export async function readRulesAt(tx: Tx, districts: readonly string[]): Promise<readonly RateRule[]> {
  const [row] = await READ_RULES(tx, [jsonList(districts)]);
  return (row?.rules ?? []).map(ruleOf);
}
