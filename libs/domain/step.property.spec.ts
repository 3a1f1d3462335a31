import fc from 'fast-check';
import { type DecodedItem, DOOR_STATES, FAULT_KINDS, type LiftSample, type Origin } from '#protocol';
import type { FaultEffect } from './events.js';
import { type LiftState, newLiftState } from './lift-state.js';
import { kindOf, NATIVE, OPEN, RUNNING, STANDING, STUCK, T0 } from './lift-story.fixture.js';
import { type LiftMessage, needsTicks, step, tick } from './step.js';

/** Fixed, so that a red run is red for everyone; fast-check prints it with the counterexample. */
const SETTINGS = { seed: 20_260_105, numRuns: 60 };

/** One thing that happens to a lift: a message with one or more items, or time passing. */
interface Happening {
  /** Since the last one, ms. */
  readonly afterMs: number;
  /** Null = a tick. */
  readonly items: readonly DecodedItem[] | null;
  readonly terminal: string;
  readonly duplicates: readonly number[];
}

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const PICTURES: readonly Partial<LiftSample>[] = [
  {},
  OPEN,
  STUCK,
  RUNNING,
  { occupied: true },
  { ...OPEN, occupied: true },
  { ...OPEN, levelErrorMm: 15 },
  { ...OPEN, levelErrorMm: 28 },
  { ...STUCK, occupied: false },
  { ...STUCK, occupied: null },
  { ...RUNNING, doorState: 'open', safetyLoop: 'closed' },
  { ...STUCK, mode: 'inspection' },
  { mode: null, moving: null, doorState: null, inDoorZone: null, occupied: null },
];

/** Mostly one of the pictures that last, sometimes with a field out of place. */
const sampleOf = (occupied: fc.Arbitrary<Partial<LiftSample>>): fc.Arbitrary<LiftSample> =>
  fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: pick(...PICTURES.slice(1, 5)) }, pick(...PICTURES)),
      fc.option(
        fc.record(
          {
            doorState: pick(...DOOR_STATES, null),
            tripCount: pick(null, 7, 8),
            floor: pick(null, '3', '-2B'),
            mode: pick('normal' as const, 'inspection' as const),
          },
          { requiredKeys: [] },
        ),
        { freq: 4 },
      ),
      occupied,
    )
    .map(([picture, odd, presence]) => ({ ...STANDING, ...picture, ...odd, ...presence }));

const CODES = ['entrapment', 'Lock/1', 'Lock/2', 'alarm-button', 'door-held', 'moving-with-door-open'];
const code = pick(...CODES, 'terminal-presence-sensor', 'terminal-door-sensor', 'made-up');

/** `ageMs` before it is received; seqs and ids are few, so that they are used again and out of order. */
const originOf = (receivedAt: number): fc.Arbitrary<Origin> =>
  fc
    .record({
      boot: pick('b1', 'b1', 'b2', null),
      seq: fc.oneof(fc.nat({ max: 60 }), pick(null)),
      ageMs: pick(0, 0, 0, 500, 5_000, 46_000, 700_000, 3_600_000, -30_000, 9e9),
      stored: pick(false, false, false, true),
    })
    .map(({ boot, seq, ageMs, stored }) => ({ boot, seq, id: null, at: receivedAt - ageMs, stored }));

function itemOf(receivedAt: number, sample: fc.Arbitrary<LiftSample>): fc.Arbitrary<DecodedItem> {
  const origin = originOf(receivedAt);
  const report = fc.record({ code, state: pick('raised' as const, 'cleared' as const) });
  const samples = fc.record({ type: pick('sample' as const), origin, sample });
  const reports = fc.tuple(origin, pick(null, '1', '2'), report).map(([from, id, said]) => ({
    type: 'fault-report' as const,
    origin: { ...from, id },
    report: { profile: NATIVE, ...said, kind: kindOf(said.code), detail: null },
  }));
  const snapshots = fc.tuple(origin, fc.uniqueArray(code, { maxLength: 4 })).map(([from, codes]) => ({
    type: 'snapshot' as const,
    origin: from,
    snapshot: { profile: NATIVE, active: codes.map((each) => ({ code: each, kind: kindOf(each) })) },
  }));
  const statuses = fc.record({ type: pick('status' as const), origin, online: fc.boolean() });
  const requests = fc.record({ type: pick('time-request' as const), origin });
  return fc.oneof(
    { weight: 8, arbitrary: samples },
    { weight: 3, arbitrary: reports },
    snapshots,
    statuses,
    requests,
  );
}

function happeningsOf(itemsMax: number, occupied = pick<Partial<LiftSample>>({})): fc.Arbitrary<Happening[]> {
  const sample = sampleOf(occupied);
  // The times of the items are relative to 0 here, and moved to when they are received.
  const items = fc.array(itemOf(0, sample), { minLength: 1, maxLength: itemsMax });
  const happening = fc.record({
    afterMs: pick(0, 1_000, 1_000, 5_000, 20_000, 46_000, 100_000),
    items: fc.oneof({ weight: 6, arbitrary: items }, pick(null)),
    terminal: fc.oneof({ weight: 30, arbitrary: pick('T7') }, pick('T8')),
    duplicates: fc.oneof({ weight: 8, arbitrary: pick<readonly number[]>([]) }, pick([0], [0, 1])),
  });
  return fc.array(happening, { minLength: 25, maxLength: 60 });
}

interface Step {
  readonly message: LiftMessage | null;
  readonly before: LiftState;
  readonly state: LiftState;
  readonly effects: readonly FaultEffect[];
}

/** Lives through it; `between` may replace the state after each step. */
function live(happenings: readonly Happening[], between = (state: LiftState, _n: number) => state): Step[] {
  let state = newLiftState('L7');
  let now = T0;
  return happenings.map(({ afterMs, items, terminal, duplicates }, index) => {
    now += afterMs;
    const before = state;
    const message = items && {
      terminal,
      lsn: index + 1,
      receivedAt: now,
      clockOffsetMs: 0,
      items: items.map((item) => moved(item, now)),
      duplicates,
    };
    const result = message ? step(before, message) : tick(before, now);
    state = between(result.state, index);
    needsTicks(state, now);
    return { message, before, ...result };
  });
}

function moved(item: DecodedItem, now: number): DecodedItem {
  return { ...item, origin: { ...item.origin, at: (item.origin.at ?? 0) + now } };
}

const json = (value: unknown): string => JSON.stringify(value);

describe('step, whatever the terminals say', () => {
  it('never throws, and is the same each time', () => {
    fc.assert(
      fc.property(happeningsOf(4), (happenings) => {
        expect(json(live(happenings))).toBe(json(live(happenings)));
      }),
      SETTINGS,
    );
  });

  it('goes on from a snapshot as if there had been none', () => {
    fc.assert(
      fc.property(happeningsOf(4), fc.nat({ max: 60 }), (happenings, at) => {
        const restored = live(happenings, (state, n) => (n === at ? JSON.parse(json(state)) : state));
        expect(json(restored.map(({ effects, state }) => [effects, state]))).toBe(
          json(live(happenings).map(({ effects, state }) => [effects, state])),
        );
      }),
      SETTINGS,
    );
  });

  it('changes nothing by a duplicate', () => {
    fc.assert(
      fc.property(happeningsOf(4), (happenings) => {
        const last = live(happenings).at(-1);
        for (const { message } of live(happenings)) {
          if (!message || !last) continue;
          const result = step(last.state, { ...message, duplicates: message.items.map((_, index) => index) });
          expect(result.state).toBe(last.state);
          expect(result.effects).toEqual([]);
        }
      }),
      { ...SETTINGS, numRuns: 30 },
    );
  });

  it('raises a fault once while it is open, and ends or adds to none that is not', () => {
    fc.assert(
      fc.property(happeningsOf(4), (happenings) => {
        const open = new Map<string, string>();
        const suppressed = new Set<string>();
        for (const { effects, state } of live(happenings)) {
          for (const effect of effects) {
            if (effect.type === 'fault.raised') {
              expect(open.has(effect.fault.id)).toBe(false);
              expect([...open.values()]).not.toContain(keyOf(effect.fault));
              open.set(effect.fault.id, keyOf(effect.fault));
            } else if (effect.type === 'fault.suppressed') suppressed.add(effect.fault.id);
            else if (effect.type === 'fault.recorded') expect(open.has(effect.fault.id)).toBe(false);
            else {
              expect([effect, open.has(effect.faultId)]).toEqual([effect, true]);
              if (effect.type !== 'fault.attached') open.delete(effect.faultId);
            }
          }
          const held = Object.values(state.open).filter((each) => each.suppressedBy === null);
          expect(held.map((each) => each.fault.id).sort()).toEqual([...open.keys()].sort());
          for (const each of Object.values(state.open)) {
            if (each.suppressedBy !== null) expect(suppressed).toContain(each.fault.id);
          }
        }
      }),
      SETTINGS,
    );
  });

  it('ends an entrapment only level and open, by a reported clear, or by withdrawal (invariant 7)', () => {
    let ended = 0;
    fc.assert(
      fc.property(happeningsOf(1), (happenings) => {
        for (const { message, before, effects, state } of live(happenings)) {
          const open = before.open.entrapment;
          const gone = open !== undefined && state.open.entrapment?.fault.id !== open.fault.id;
          const end = effects.find((each) => 'faultId' in each && each.faultId === open?.fault.id);
          if (!gone) continue;
          ended += 1;
          const item = message?.items[0];
          if (item?.type === 'fault-report') {
            expect(item.report).toMatchObject({ kind: 'entrapment', state: 'cleared' });
            expect(end).toMatchObject({ type: 'fault.cleared', reason: 'reported-clear' });
          } else if (item?.type === 'sample' && end?.type === 'fault.cleared') {
            expect(item.sample).toMatchObject({ moving: false, inDoorZone: true, doorState: 'open' });
            expect(end.reason).toBe('level-and-door-open');
          } else expect([item?.type, end?.type]).toEqual(['sample', 'fault.withdrawn']);
        }
      }),
      { ...SETTINGS, numRuns: 100 },
    );
    expect(ended).toBeGreaterThan(50);
  });

  it('suppresses, folds and records-only no entrapment and no press (invariant 7)', () => {
    fc.assert(
      fc.property(happeningsOf(4), (happenings) => {
        for (const { effects } of live(happenings)) {
          for (const effect of effects) {
            if (effect.type !== 'fault.suppressed' && effect.type !== 'fault.recorded') continue;
            expect(['entrapment', 'alarm-button']).not.toContain(effect.fault.kind);
          }
        }
      }),
      SETTINGS,
    );
  });

  it('concludes "nobody" from no silence: unknown occupancy stays unknown (invariant 8)', () => {
    let raised = 0;
    const silent = pick<Partial<LiftSample>>({ occupied: null });
    fc.assert(
      fc.property(happeningsOf(3, silent), (happenings) => {
        for (const { effects, state } of live(happenings)) {
          const known = [state.live, state.backlog].map(({ car }) => car?.occupancy ?? 'unknown');
          expect(known).toEqual(['unknown', 'unknown']);
          for (const effect of effects) {
            if (effect.type !== 'fault.raised' || effect.fault.kind !== 'stopped-outside-zone') continue;
            raised += 1;
            expect(effect.fault).toMatchObject({
              priority: 'critical',
              reason: 'standing-outside-zone-occupancy-unknown',
            });
          }
        }
      }),
      SETTINGS,
    );
    expect(raised).toBeGreaterThan(10);
  });

  it('keeps its state bounded', () => {
    fc.assert(
      fc.property(happeningsOf(4), (happenings) => {
        const state = live(happenings).at(-1)?.state;
        expect(Object.keys(state?.open ?? {}).length).toBeLessThanOrEqual(FAULT_KINDS.length + 100);
        expect(state?.boots.length).toBeLessThanOrEqual(4);
        expect(state?.clears.length).toBeLessThanOrEqual(32);
      }),
      { ...SETTINGS, numRuns: 30 },
    );
  });
});

function keyOf(fault: { readonly kind: string; readonly code: string | null }): string {
  return fault.kind === 'unknown' ? `unknown ${fault.code}` : fault.kind;
}
