import {
  dateStart,
  directionFault,
  directionSuits,
  INDICATORS,
  type IndicatorFacts,
  parameterFault,
  thresholdFault,
} from '#domain';
import type { PolicyPath } from './policy-places.js';
import type { PolicyCriterion, PolicyProfile, PolicyTarget } from './policy-profile.js';

/** What a schema cannot say about a policy: one fault, and where. */
export interface MeaningFault {
  readonly path: PolicyPath;
  readonly message: string;
}

/** The lists of a profile by name; each entry has an id that is unique over them all. */
function listsOf(profile: PolicyProfile): readonly (readonly [string, readonly { readonly id: string }[]])[] {
  const { indicators, trends, declared, deadlines, tiers, ledgers, focus, checklists, duties } = profile;
  const lists = { indicators, trends, declared, deadlines, tiers, ledgers, focus, checklists, duties };
  return Object.entries(lists).map(([name, entries]) => [name, entries ?? []]);
}

/** Every fault of a profile that has the right shape; `name` is the file's name without `.yaml`. */
export function meaningFaults(profile: PolicyProfile, name: string): readonly MeaningFault[] {
  const faults: MeaningFault[] = [];
  if (profile.id !== name) {
    const message = `id '${profile.id}' is not the file's name: rename it or the file`;
    faults.push({ path: ['id'], message });
  }
  faults.push(...duplicateFaults(profile));
  profile.indicators.forEach((target, index) => {
    faults.push(
      ...targetFaults(target).map(({ path, message }) => under(['indicators', index], path, message)),
    );
  });
  profile.declared?.forEach(({ unit, target }, index) => {
    if (unit === 'percent' && target > 100) {
      faults.push({ path: ['declared', index, 'target'], message: `target ${target}: at most 100 %` });
    }
  });
  profile.tiers?.forEach(({ tier }, index) => {
    if (tier !== index + 1) {
      faults.push({ path: ['tiers', index, 'tier'], message: `tier ${tier}: this one must be ${index + 1}` });
    }
  });
  return [...faults, ...criterionFaults(profile)];
}

function under(prefix: PolicyPath, path: PolicyPath, message: string): MeaningFault {
  return { path: [...prefix, ...path], message };
}

function duplicateFaults(profile: PolicyProfile): readonly MeaningFault[] {
  const faults: MeaningFault[] = [];
  const seen = new Map<string, string>();
  for (const [list, entries] of listsOf(profile)) {
    for (const [index, { id }] of entries.entries()) {
      const first = seen.get(id);
      if (first === undefined) seen.set(id, `/${list}/${index}`);
      else
        faults.push({
          path: [list, index, 'id'],
          message: `id '${id}' is taken by ${first}: give it another`,
        });
    }
  }
  return faults;
}

function targetFaults(entry: PolicyTarget): readonly MeaningFault[] {
  const { indicator, parameters = {}, direction, target, period, by } = entry;
  const facts: IndicatorFacts = INDICATORS[indicator];
  const faults: MeaningFault[] = [];
  const add = (field: keyof PolicyTarget, message: string) => faults.push({ path: [field], message });
  const parameter = parameterFault(indicator, parameters);
  if (parameter !== null) add('parameters', parameter);
  const number = thresholdFault(target, facts);
  if (number !== null) add('target', number);
  if (!directionSuits(direction, facts)) add('direction', directionFault(indicator, direction));
  if (period !== undefined && !facts.periods.includes(period)) {
    add('period', `${indicator} is not for a ${period}; use ${facts.periods.join(' or ')}`);
  }
  if (by !== undefined && dateStart(by) === null) add('by', `there is no day ${by}`);
  return faults;
}

function criterionFaults({ ledgers = [], focus = [] }: PolicyProfile): readonly MeaningFault[] {
  const placed: (readonly [PolicyPath, PolicyCriterion])[] = [
    ...ledgers.flatMap(({ any }, i) => any.map((each, j) => [['ledgers', i, 'any', j], each] as const)),
    ...focus.map(({ criterion }, i) => [['focus', i, 'criterion'], criterion] as const),
  ];
  return placed.flatMap(([path, { is, years }]) => {
    if ((is === 'age-at-least') === (years !== undefined)) return [];
    const message =
      years === undefined ? 'age-at-least needs years' : `years is for age-at-least, not for ${is}`;
    return [{ path, message }];
  });
}
