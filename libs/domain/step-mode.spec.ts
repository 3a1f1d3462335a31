import type { DecodedItem, LiftSample, ServiceMode } from '#protocol';
import { newLiftState } from './lift-state.js';
import { STANDING, T0 } from './lift-story.fixture.js';
import { step } from './step.js';

const origin = { boot: null, seq: null, id: null, stored: false };

/** A terminal whose samples carry no mode, and which tells it by codes. */
class Told {
  state = newLiftState('L7');
  private lsn = 0;

  send(at: number, items: readonly DecodedItem[], terminal = 'T7') {
    const receivedAt = T0 + at * 1_000;
    const message = { terminal, lsn: ++this.lsn, receivedAt, clockOffsetMs: 0, items, duplicates: [] };
    const { state, effects } = step(this.state, message);
    this.state = state;
    return effects.map((effect) => effect.type);
  }

  sample(at: number, terminal?: string, changes: Partial<LiftSample> = {}) {
    const sample = { ...STANDING, mode: null, ...changes };
    return this.send(at, [{ type: 'sample', origin: { ...origin, at: T0 + at * 1_000 }, sample }], terminal);
  }

  mode(at: number, mode: ServiceMode | null, stored = false) {
    const notice = { profile: 'jtc340', code: 'Alarm/2008', mode, detail: null };
    return this.send(at, [{ type: 'notice', origin: { ...origin, at: T0 + at * 1_000, stored }, notice }]);
  }

  held(at: number) {
    const report = {
      profile: 'jtc340',
      code: 'Alarm/2003',
      kind: 'door-held',
      state: 'raised',
      detail: null,
    } as const;
    return this.send(at, [{ type: 'fault-report', origin: { ...origin, at: T0 + at * 1_000 }, report }]);
  }
}

describe('a mode told by a code', () => {
  it('holds for samples that carry none, and suppresses as a sample would', () => {
    const lift = new Told();
    lift.sample(0);
    expect(lift.mode(1, 'inspection')).toEqual([]);
    lift.sample(2);
    expect(lift.state.live.car?.mode).toBe('inspection');
    expect(lift.held(3)).toEqual(['fault.suppressed']);
    expect(lift.mode(4, 'normal')).toEqual(['fault.raised']);
    lift.sample(5);
    expect(lift.state.live.car?.mode).toBe('normal');
  });

  it('gives way to a sample that says another, disturbs nothing else, and goes with its terminal', () => {
    const lift = new Told();
    lift.sample(0, 'T7', { occupied: true, inDoorZone: false });
    const { live } = lift.state;
    lift.mode(1, 'out-of-service');
    expect(lift.state.live).toEqual({ ...live, car: { ...live.car, mode: 'out-of-service' } });
    lift.mode(2, null);
    lift.mode(3, 'inspection', true);
    expect(lift.state.live.car?.mode).toBe('out-of-service');
    lift.sample(4, 'T7', { mode: 'normal' });
    expect(lift.state.live.car?.mode).toBe('normal');
    lift.sample(5, 'T8');
    expect(lift.state.live.car?.mode).toBe('unknown');
  });
});
