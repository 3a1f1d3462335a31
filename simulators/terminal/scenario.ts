import { parse } from 'yaml';
import { ACTION_FACTS, SCENARIO_ACTIONS, type ScenarioAction } from './script.js';

/** Which lift a step means: an index into the fleet, a code, or any free one. */
export type LiftChoice =
  | { readonly by: 'any' }
  | { readonly by: 'index'; readonly index: number }
  | { readonly by: 'code'; readonly code: string };

export interface ScenarioStep {
  /** Seconds since the start. */
  readonly atS: number;
  readonly lift: LiftChoice;
  readonly do: ScenarioAction;
  /** How long the condition lasts. */
  readonly forS: number;
  /** Again after this many seconds, for ever; null = once. */
  readonly repeatEveryS: number | null;
}

export type ParsedScenario =
  | { readonly ok: true; readonly steps: readonly ScenarioStep[] }
  | { readonly ok: false; readonly problem: string };

export const SCENARIO_STEPS_MAX = 10_000;
const STEP_FIELDS: ReadonlySet<string> = new Set(['at', 'lift', 'do', 'for', 'repeatEvery', 'note']);
const DAY_S = 86_400;

/**
 * Reads a scenario in YAML or JSON: a list of steps, or `{steps: […]}`. The problem names the step and the
 * field.
 */
export function parseScenario(text: string): ParsedScenario {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { ok: false, problem: `not YAML: ${reason}` };
  }
  const list = isRecord(document) ? document.steps : document;
  if (!Array.isArray(list) || list.length === 0 || list.length > SCENARIO_STEPS_MAX) {
    return { ok: false, problem: `must be a list of 1 to ${SCENARIO_STEPS_MAX} steps` };
  }
  const steps: ScenarioStep[] = [];
  for (const [index, raw] of list.entries()) {
    const step = parseStep(raw);
    if (typeof step === 'string') return { ok: false, problem: `step ${index + 1}: ${step}` };
    steps.push(step);
  }
  return { ok: true, steps };
}

function parseStep(raw: unknown): ScenarioStep | string {
  if (!isRecord(raw)) return `must be a mapping with at, lift and do, not ${JSON.stringify(raw)}`;
  const unknown = Object.keys(raw).find((field) => !STEP_FIELDS.has(field));
  if (unknown !== undefined) return `unknown field '${unknown}' (known: ${[...STEP_FIELDS].join(', ')})`;
  const action = SCENARIO_ACTIONS.find((known) => known === raw.do);
  if (!action) return `do: ${JSON.stringify(raw.do)} is none of ${SCENARIO_ACTIONS.join(', ')}`;
  const atS = seconds(raw.at, 0);
  if (atS === null) return `at: ${JSON.stringify(raw.at)} must be seconds since the start, 0 to ${DAY_S}`;
  const forS = seconds(raw.for ?? ACTION_FACTS[action].defaultForMs / 1000, 1);
  if (forS === null) return `for: ${JSON.stringify(raw.for)} must be seconds, 1 to ${DAY_S}`;
  const repeatEveryS = raw.repeatEvery === undefined ? null : seconds(raw.repeatEvery, 10);
  if (raw.repeatEvery !== undefined && repeatEveryS === null) {
    return `repeatEvery: ${JSON.stringify(raw.repeatEvery)} must be seconds, 10 to ${DAY_S}`;
  }
  const lift = liftChoice(raw.lift);
  if (!lift)
    return `lift: ${JSON.stringify(raw.lift)} must be any, an index, a rescue code or a registration code`;
  return { atS, lift, do: action, forS, repeatEveryS };
}

function seconds(value: unknown, min: number): number | null {
  return typeof value === 'number' && value >= min && value <= DAY_S ? value : null;
}

/** A number of up to five digits is an index; six digits are a rescue code, as on the label in the car. */
function liftChoice(value: unknown): LiftChoice | null {
  if (value === 'any') return { by: 'any' };
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 999_999) return null;
    return value < 100_000 ? { by: 'index', index: value } : { by: 'code', code: String(value) };
  }
  return typeof value === 'string' && /^[0-9A-Za-z]{6,20}$/.test(value) ? { by: 'code', code: value } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
