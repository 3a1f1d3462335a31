/**
 * Rules are found by where they watch, before the kinds of scopes are known (libs/indicators
 * rules-at-places.ts): the index that began with the kind took a step for every kind and place.
 */
export const RULE_PLACES_SQL = `
create index rate_rule_within on rate_rule (within) where current and enabled;
drop index rate_rule_watching;
`;
