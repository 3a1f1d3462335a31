import { LIFT_FIELDS, type LiftField, type LiftValues } from './lift-fields.js';

/** Whether a row that exists, or one that does not, is refused. */
export type WriteMode = 'register' | 'change' | 'upsert';

/** A lift as somebody wants it. A field that is absent stays as it is, null empties it. */
export interface LiftWant {
  readonly registrationCode: string;
  readonly values: { readonly [field in LiftField]?: LiftValues[field] | null };
  /** From when the district, firm and user of `values` hold; from now on when null. */
  readonly since: Date | null;
  /** Versions the caller has read; null = whatever is there. */
  readonly versions: ReadonlySet<number> | null;
}

export type StoredLift = LiftValues & {
  readonly registrationCode: string;
  readonly version: number;
  /** Start of the period that has no end. */
  readonly periodFrom: Date | null;
};

/** Why a lift was not written. */
export type LiftRefusalCode =
  | 'exists'
  | 'unknown-lift'
  | 'version-differs'
  | 'missing'
  | 'unknown-district'
  | 'unknown-firm'
  | 'unknown-user'
  | 'rescue-code-taken'
  | 'position-incomplete'
  | 'since-out-of-range';

export interface LiftRefusal {
  readonly field: LiftField | 'registrationCode' | 'since';
  readonly code: LiftRefusalCode;
  readonly message: string;
}

/** What of the rest of the books a decision needs. */
export interface LiftReferences {
  readonly districts: ReadonlySet<string>;
  readonly firms: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  /** Rescue code → registration code of its lift. */
  readonly rescueCodes: ReadonlyMap<string, string>;
}

export type LiftDecision =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly refusal: LiftRefusal }
  | {
      readonly outcome: 'registered' | 'changed';
      readonly registrationCode: string;
      readonly row: LiftValues;
      readonly before: StoredLift | null;
      /** Start of a new period; null when district, firm and user stay. */
      readonly periodFrom: Date | null;
    };

const EMPTY: LiftValues = {
  rescueCode: null,
  district: '',
  address: '',
  site: null,
  useKind: null,
  installedOn: null,
  maker: null,
  model: null,
  firm: null,
  user: null,
  longitude: null,
  latitude: null,
  datum: null,
};

/** What to do about one wanted lift. Pure; the caller holds the row's lock. */
export function decideLift(
  want: LiftWant,
  stored: StoredLift | null,
  references: LiftReferences,
  mode: WriteMode,
  now: Date,
): LiftDecision {
  const { registrationCode } = want;
  const refuse = (field: LiftRefusal['field'], code: LiftRefusalCode, message: string): LiftDecision => ({
    outcome: 'refused',
    refusal: { field, code, message },
  });
  if (stored !== null && mode === 'register')
    return refuse('registrationCode', 'exists', `lift ${registrationCode} exists already`);
  if (stored === null && mode === 'change')
    return refuse('registrationCode', 'unknown-lift', `lift ${registrationCode} is not registered`);
  if (stored !== null && want.versions !== null && !want.versions.has(stored.version))
    return refuse('registrationCode', 'version-differs', `lift ${registrationCode} has changed meanwhile`);
  const given = Object.fromEntries(Object.entries(want.values).filter(([, value]) => value !== undefined));
  const row = { ...EMPTY, ...pickValues(stored), ...given } as LiftValues;
  const wrong = judgeRow(registrationCode, row, stored, references);
  if (wrong !== null) return { outcome: 'refused', refusal: wrong };
  const before = stored;
  if (before !== null && LIFT_FIELDS.every((field) => before[field] === row[field]))
    return { outcome: 'unchanged' };
  const moved =
    before === null ||
    before.district !== row.district ||
    before.firm !== row.firm ||
    before.user !== row.user;
  const earliest = before?.periodFrom ?? null;
  if (want.since !== null && moved && (want.since > now || (earliest !== null && want.since < earliest))) {
    const from = earliest === null ? '' : `from ${earliest.toISOString()} `;
    return refuse('since', 'since-out-of-range', `since must be a time ${from}to ${now.toISOString()}`);
  }
  const wanted = want.since ?? now;
  // A clock that was set back must not begin a period before the one it ends.
  const periodFrom = earliest !== null && earliest > wanted ? earliest : wanted;
  return {
    outcome: before === null ? 'registered' : 'changed',
    registrationCode,
    row,
    before,
    periodFrom: moved ? periodFrom : null,
  };
}

function pickValues(stored: StoredLift | null): Partial<LiftValues> {
  return stored === null ? {} : Object.fromEntries(LIFT_FIELDS.map((field) => [field, stored[field]]));
}

function judgeRow(
  registrationCode: string,
  row: LiftValues,
  stored: StoredLift | null,
  references: LiftReferences,
): LiftRefusal | null {
  const unknown = (field: 'district' | 'firm' | 'user', known: ReadonlySet<string>): LiftRefusal | null => {
    const id = row[field];
    // What stays as it was has been judged, and a foreign key holds it.
    if (id === null || id === stored?.[field] || known.has(id)) return null;
    return { field, code: `unknown-${field}`, message: `${field} ${id} is not registered` };
  };
  for (const field of ['district', 'address'] as const) {
    if (!row[field]) return { field, code: 'missing', message: `${field} is missing: a lift must have one` };
  }
  const reference =
    unknown('district', references.districts) ??
    unknown('firm', references.firms) ??
    unknown('user', references.users);
  if (reference !== null) return reference;
  const { rescueCode } = row;
  const owner = rescueCode === null ? undefined : references.rescueCodes.get(rescueCode);
  if (owner !== undefined && owner !== registrationCode) {
    const message = `rescue code ${rescueCode} is another lift's (${owner})`;
    return { field: 'rescueCode', code: 'rescue-code-taken', message };
  }
  const parts = [row.longitude, row.latitude, row.datum].filter((part) => part !== null).length;
  if (parts === 0 || parts === 3) return null;
  const field = (['longitude', 'latitude', 'datum'] as const).find((name) => row[name] === null) ?? 'datum';
  const message = `${field} is missing: a position has longitude, latitude and datum, or none of them`;
  return { field, code: 'position-incomplete', message };
}
