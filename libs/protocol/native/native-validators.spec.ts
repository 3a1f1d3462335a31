import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, IsInt, IsOptional, IsString, ValidateIf, validateSync } from 'class-validator';
import fc from 'fast-check';
import { define } from '../kept-value.js';
import {
  compileNativeValidators,
  compileValidator,
  type PayloadClass,
  WIRE_DECORATORS,
  type WireValidator,
} from './native-validators.js';
import {
  EventPayload,
  ReadingEnvelope,
  SnapshotPayload,
  StatusPayload,
  TelemetryPayload,
} from './payloads.js';

interface Subject {
  readonly name: string;
  readonly payload: PayloadClass<object>;
  readonly wire: WireValidator<object>;
  readonly valid: Readonly<Record<string, unknown>>;
}

const validators = compileNativeValidators();
const TELEMETRY = {
  v: 1,
  boot: 'b-1_A',
  seq: 4_294_967_295,
  at: 1_700_000_000_000,
  stored: false,
  mode: 'inspection',
  direction: 'down',
  moving: true,
  floor: '-2B',
  doorState: 'closed',
  inDoorZone: false,
  doorLock: 'closed',
  safetyLoop: 'open',
  occupied: null,
  speed: 1.75,
  levelErrorMm: -4,
  loadPercent: 12.5,
  powerState: 'mains',
  tripCount: 0,
  doorCycleCount: 7,
  temperature: 21.5,
  vibration: 0.02,
};
const SUBJECTS: readonly Subject[] = [
  { name: 'telemetry', payload: TelemetryPayload, wire: validators.telemetry, valid: TELEMETRY },
  {
    name: 'envelope',
    payload: ReadingEnvelope,
    wire: validators.envelope,
    valid: { v: 1, boot: 'b', seq: 0, at: 0, stored: null },
  },
  {
    name: 'event',
    payload: EventPayload,
    wire: validators.event,
    valid: {
      v: 1,
      boot: 'b',
      id: 'e-1',
      seq: 0,
      at: 0,
      stored: true,
      code: '困人',
      state: 'raised',
      detail: { depth: { two: [1] } },
    },
  },
  {
    name: 'snapshot',
    payload: SnapshotPayload,
    wire: validators.snapshot,
    valid: { v: 1, boot: 'b', seq: 1, at: 8_640_000_000_000_000, active: ['entrapment', 'door-held'] },
  },
  {
    name: 'status',
    payload: StatusPayload,
    wire: validators.status,
    valid: { v: 1, boot: 'b', at: 1, online: true },
  },
];

/** Values near every bound and of every type, among them what JSON can write but hardly anyone expects. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -0, 1, -1, 1.5, 30, 30.01, 300, 301, 5000, -5000, -5001, 1e-9, 1e21],
    ...[
      4_294_967_295,
      4_294_967_296,
      8.64e15,
      8.64e15 + 2,
      Number.MAX_SAFE_INTEGER,
      Number.POSITIVE_INFINITY,
    ],
    ...['', '1', 'true', 'null', 'raised', 'cleared', 'up', 'open', 'closed', 'unknown', 'mains', 'normal'],
    ...['a'.repeat(8), 'a'.repeat(9), 'a'.repeat(64), 'a'.repeat(65), '①\uFE0F'.repeat(5), '😀'.repeat(8)],
    ...['a\n', '\0', '\ud800', 'a b', ' ', '__proto__', '困'.repeat(64), '困'.repeat(65), '⁠'],
    ...[[], {}, [[]], ['a'], [null], [1], [''], ['a', 'a'], Array.from({ length: 100 }, () => 'c')],
    Array.from({ length: 101 }, () => 'c'),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.double(),
  fc.integer(),
);

type Change = readonly ['drop' | 'set' | 'add', field: number, name: string, value: unknown];

const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom('drop', 'set', 'set', 'add'),
  fc.nat(),
  fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'extra', 'Boot'),
    fc.string({ maxLength: 9 }),
  ),
  anyValue,
);

function mutate(
  valid: Readonly<Record<string, unknown>>,
  changes: readonly Change[],
): Record<string, unknown> {
  const payload: Record<string, unknown> = { ...valid };
  const names = Object.keys(valid);
  for (const [how, field, added, value] of changes) {
    const name = how === 'add' ? added : (names[field % names.length] ?? added);
    if (how === 'drop') delete payload[name];
    else define(payload, name, value);
  }
  return payload;
}

/** class-validator's verdict, the reference. It knows no payload that is not an object. */
function referenceAccepts(payload: PayloadClass<object>, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return validateSync(plainToInstance(payload, value)).length === 0;
}

describe.each(SUBJECTS)('$name', ({ payload, wire, valid }) => {
  it('is accepted as both validators know it', () => {
    expect(validateSync(plainToInstance(payload, valid))).toEqual([]);
    expect(wire.accepts(valid)).toBe(true);
  });

  it('gets one verdict from class-validator and from the wire validator', () => {
    const verdicts = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const value = mutate(valid, changes);
        const accepted = wire.accepts(value);
        expect(accepted).toBe(referenceAccepts(payload, value));
        verdicts[accepted ? 'accepted' : 'refused'] += 1;
      }),
      { numRuns: 400 },
    );
    expect(verdicts.accepted).toBeGreaterThan(40);
    expect(verdicts.refused).toBeGreaterThan(40);
  });

  it('gets one verdict for every listed value in every field', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        for (const field of Object.keys(valid)) {
          const changed = { ...valid, [field]: value };
          expect([field, wire.accepts(changed)]).toEqual([field, referenceAccepts(payload, changed)]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is never something else than an object', () => {
    for (const value of [null, true, 1, 'x', [], [valid]]) {
      expect(wire.accepts(value)).toBe(false);
      expect(wire.explain(value, '').detail).toContain('allowed: an object');
    }
  });

  it('uses only decorators proved for the wire', () => {
    const rules = getMetadataStorage().getTargetValidationMetadatas(payload, '', true, false);
    const names = rules.map((rule) => rule.name ?? rule.type);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !WIRE_DECORATORS.has(name))).toEqual([]);
  });

  it('explains every refusal by field, value and what is allowed, within 500 characters', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        const value = mutate(valid, changes);
        if (wire.accepts(value)) return;
        const { detail } = wire.explain(value, '[7]');
        expect(detail).toMatch(/^\[7\]\.\w+(\[\d+\])? is .+; allowed: .+$/s);
        expect(detail.length).toBeLessThan(500);
      }),
    );
  });
});

describe('compileValidator', () => {
  class WithCondition {
    @ValidateIf(() => true)
    @IsInt()
    a!: number;
  }
  class WithUnprovedRule {
    @IsOptional()
    @IsString()
    a?: string;
  }

  it.each([
    [WithCondition, 'WithCondition.a'],
    [WithUnprovedRule, 'WithUnprovedRule.a'],
  ])('refuses decorators that the schema could lose: %p', (payload: PayloadClass<object>, where) => {
    expect(() => compileValidator(payload)).toThrow(where);
  });

  it('compiles once', () => {
    expect(compileNativeValidators()).toBe(validators);
  });
});
