import { type DecodedItem, type FaultKind, isFaultKind, type LiftSample } from '#protocol';
import type { FaultEffect } from './events.js';
import { type LiftState, newLiftState } from './lift-state.js';
import { needsTicks, step, tick } from './step.js';

const T0 = Date.UTC(2026, 0, 5, 8);
const NATIVE = 'native-v1';

const STANDING: LiftSample = {
  mode: 'normal',
  direction: 'none',
  moving: false,
  floor: '3',
  doorState: 'closed',
  inDoorZone: true,
  doorLock: 'closed',
  safetyLoop: 'closed',
  occupied: false,
  speed: 0,
  levelErrorMm: 2,
  loadPercent: 0,
  powerState: 'mains',
  tripCount: null,
  doorCycleCount: null,
  temperature: null,
  vibration: null,
  extra: null,
};
const OPEN: Partial<LiftSample> = { doorState: 'open', safetyLoop: 'open', doorLock: 'open' };
const STUCK: Partial<LiftSample> = { inDoorZone: false, levelErrorMm: null, occupied: true };
const RUNNING: Partial<LiftSample> = { moving: true, inDoorZone: false, levelErrorMm: null, speed: 1.5 };

interface Sent {
  readonly boot?: string;
  readonly seq?: number;
  readonly stored?: boolean;
  /** Seconds from T0 at which it reaches us; default = the moment it speaks of. */
  readonly received?: number;
  /** Raw terminal clock, ms. */
  readonly rawAt?: number | null;
}

/** A lift's story in seconds from T0. */
class Story {
  state: LiftState = newLiftState('L7');
  readonly log: { readonly at: number; readonly effect: FaultEffect }[] = [];
  private seq = 0;
  private lsn = 0;

  sample(at: number, changes: Partial<LiftSample> = {}, sent: Sent = {}): this {
    return this.items(at, sent, (origin) => [
      { type: 'sample', origin, sample: { ...STANDING, ...changes } },
    ]);
  }

  event(at: number, code: string, state: 'raised' | 'cleared', sent: Sent = {}): this {
    const kind = kindOf(code);
    return this.items(at, sent, (origin) => [
      {
        type: 'fault-report',
        origin: { ...origin, id: `e${origin.seq}` },
        report: { profile: NATIVE, code, kind, state, detail: null },
      },
    ]);
  }

  snapshot(at: number, codes: readonly string[], sent: Sent = {}): this {
    return this.items(at, sent, (origin) => [
      {
        type: 'snapshot',
        origin,
        snapshot: { profile: NATIVE, active: codes.map((code) => ({ code, kind: kindOf(code) })) },
      },
    ]);
  }

  status(at: number, online: boolean): this {
    return this.items(at, {}, (origin) => [
      { type: 'status', origin: { ...origin, seq: null, at: null }, online },
    ]);
  }

  /** One message with several samples, oldest first. */
  batch(
    received: number,
    stored: boolean,
    readings: readonly (readonly [number, Partial<LiftSample>])[],
  ): this {
    const items: DecodedItem[] = readings.map(([at, changes]) => ({
      type: 'sample',
      origin: { boot: 'b1', seq: ++this.seq, id: null, at: T0 + at * 1_000, stored },
      sample: { ...STANDING, ...changes },
    }));
    return this.message(received, items);
  }

  /** Every second from `from` to `to`. */
  each(from: number, to: number, changes: (at: number) => Partial<LiftSample>): this {
    for (let at = from; at <= to; at++) this.sample(at, changes(at));
    return this;
  }

  ticks(from: number, to: number): this {
    for (let at = from; at <= to; at++) {
      if (!needsTicks(this.state)) continue;
      const result = tick(this.state, T0 + at * 1_000);
      this.keep(at, result);
    }
    return this;
  }

  types(): string[] {
    return this.log.map(
      ({ effect }) => `${effect.type} ${'fault' in effect ? effect.fault.kind : effect.kind}`,
    );
  }

  raisedAfter(kind: string): number | undefined {
    return this.log.find(({ effect }) => effect.type === 'fault.raised' && effect.fault.kind === kind)?.at;
  }

  last(): FaultEffect | undefined {
    return this.log.at(-1)?.effect;
  }

  private items(at: number, sent: Sent, make: (origin: DecodedItem['origin']) => DecodedItem[]): this {
    this.seq = sent.seq ?? this.seq + 1;
    const rawAt = sent.rawAt === undefined ? T0 + at * 1_000 : sent.rawAt;
    const origin = {
      boot: sent.boot ?? 'b1',
      seq: this.seq,
      id: null,
      at: rawAt,
      stored: sent.stored ?? false,
    };
    return this.message(sent.received ?? at, make(origin));
  }

  private message(received: number, items: readonly DecodedItem[]): this {
    const result = step(this.state, {
      terminal: 'T7',
      lsn: ++this.lsn,
      receivedAt: T0 + received * 1_000,
      clockOffsetMs: 0,
      items,
      duplicates: [],
    });
    this.keep(received, result);
    return this;
  }

  private keep(at: number, result: { state: LiftState; effects: readonly FaultEffect[] }): void {
    this.state = result.state;
    for (const effect of result.effects) this.log.push({ at, effect });
  }
}

/** Native codes are the kinds' names; `Lock/…` stands for a vendor's three words for one entrapment. */
function kindOf(code: string): FaultKind {
  if (code.startsWith('Lock/')) return 'entrapment';
  return isFaultKind(code) ? code : 'unknown';
}

const story = () => new Story();

describe('entrapment, inferred', () => {
  it('raises after 45 s outside the zone with a person, with its true start, and no earlier', () => {
    const told = story()
      .sample(-2, { ...OPEN, occupied: true })
      .sample(-1, { ...RUNNING, occupied: true });
    told.each(0, 44, () => STUCK);
    expect(told.types()).toEqual([]);
    told.sample(45, STUCK);
    expect(told.types()).toEqual(['fault.raised entrapment']);
    expect(told.last()).toMatchObject({
      fault: {
        evidence: 'inferred',
        raisedAt: T0,
        reason: 'standing-outside-zone-with-person',
        priority: 'critical',
      },
    });
  });

  it('is not fooled by a flickering presence sensor, once the door is shut', () => {
    const told = story()
      .sample(-2, { ...OPEN, occupied: true })
      .sample(-1, { ...RUNNING, occupied: true });
    told.each(0, 50, (at) => ({ ...STUCK, occupied: at % 3 !== 0 }));
    expect(told.raisedAfter('entrapment')).toBe(45);
  });

  it('never reads unknown occupancy as no: possible entrapment at critical priority', () => {
    const told = story().each(0, 45, () => ({ ...STUCK, occupied: null }));
    expect(told.last()).toMatchObject({
      type: 'fault.raised',
      fault: {
        kind: 'stopped-outside-zone',
        priority: 'critical',
        reason: 'standing-outside-zone-occupancy-unknown',
      },
    });
  });

  it('takes a faulty presence sensor as unknown', () => {
    const told = story()
      .event(-5, 'terminal-presence-sensor', 'raised')
      .each(0, 46, () => ({ ...STUCK, occupied: false }));
    expect(told.types()).toEqual([
      'fault.raised terminal-presence-sensor',
      'fault.raised stopped-outside-zone',
    ]);
    expect(told.last()).toMatchObject({ fault: { priority: 'critical' } });
  });

  it('an empty car outside the zone is a fault of high priority', () => {
    const told = story()
      .sample(-2, OPEN)
      .each(-1, 46, () => ({ ...STUCK, occupied: false }));
    expect(told.last()).toMatchObject({ fault: { kind: 'stopped-outside-zone', priority: 'high' } });
  });

  it('level with the door shut takes 180 s, and a door cycle in between starts it anew', () => {
    const inside = { occupied: true };
    expect(
      story()
        .each(0, 181, () => inside)
        .raisedAfter('entrapment'),
    ).toBe(180);
    const cycled = story().each(0, 190, (at) => ({ ...inside, doorCycleCount: at < 100 ? 4 : 5 }));
    expect(cycled.raisedAfter('entrapment')).toBeUndefined();
  });

  it('is found by the clock when the stuck terminal has nothing new to say', () => {
    const told = story()
      .sample(-1, { ...OPEN, occupied: true })
      .sample(0, STUCK)
      .ticks(1, 59);
    expect(told.raisedAfter('entrapment')).toBe(45);
    expect(told.log).toHaveLength(1);
  });

  it('ends when level and open, not before; the car moving level with its door shut ends nothing', () => {
    const told = story().each(0, 46, () => STUCK);
    told.sample(50, { ...RUNNING, occupied: true }).sample(55, { occupied: true });
    expect(told.types()).toEqual(['fault.raised entrapment']);
    told.sample(56, { ...OPEN, occupied: true });
    expect(told.last()).toMatchObject({
      type: 'fault.cleared',
      reason: 'level-and-door-open',
      at: T0 + 56_000,
    });
  });

  it('inspection leaves it raised, with the reason', () => {
    const told = story().each(0, 46, () => ({ ...STUCK, mode: 'inspection' }));
    expect(told.log[0]?.effect).toMatchObject({
      fault: { kind: 'entrapment', reason: 'mechanic-may-be-inside' },
    });
  });

  it('no clock leap of the terminal makes 45 s out of one', () => {
    const told = story()
      .sample(0, STUCK)
      .sample(1, STUCK, { rawAt: T0 + 600_000 });
    expect(told.types()).toEqual([]);
  });

  it('a clock set back does not stop the timer', () => {
    const told = story().sample(0, STUCK);
    for (let at = 1; at <= 47; at++) told.sample(at, STUCK, { rawAt: T0 - 600_000 + at * 1_000 });
    expect(told.raisedAfter('entrapment')).toBe(46);
  });
});

describe('entrapment, reported', () => {
  it('a press in a standing car with its door shut is one entrapment; the press raises no second fault', () => {
    const told = story()
      .sample(0, STUCK)
      .event(5, 'alarm-button', 'raised')
      .event(9, 'alarm-button', 'raised');
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.attached entrapment']);
    expect(told.log[0]?.effect).toMatchObject({
      fault: { evidence: 'reported', reason: 'press-in-standing-closed-car' },
    });
  });

  it('letting go of the button does not end it', () => {
    const told = story()
      .sample(0, STUCK)
      .event(5, 'alarm-button', 'raised')
      .event(6, 'alarm-button', 'cleared');
    expect(told.types()).toEqual(['fault.raised entrapment']);
  });

  it('any other press is an alarm-button fault, and level with the door open ends it', () => {
    const told = story().sample(0, RUNNING).event(1, 'alarm-button', 'raised').sample(4, OPEN);
    expect(told.types()).toEqual(['fault.raised alarm-button', 'fault.cleared alarm-button']);
  });

  it('a press attaches to the inferred one', () => {
    const told = story()
      .each(0, 46, () => STUCK)
      .event(47, 'alarm-button', 'raised');
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.attached entrapment']);
  });

  it('three reports are one incident, and it ends with the last of their clears', () => {
    const told = story();
    const codes = ['Lock/1', 'Lock/2', 'Lock/0'];
    for (const [at, code] of codes.entries()) told.event(at, code, 'raised');
    expect(told.types()).toEqual([
      'fault.raised entrapment',
      'fault.attached entrapment',
      'fault.attached entrapment',
    ]);
    for (const [at, code] of codes.entries()) {
      expect(told.types()).not.toContain('fault.cleared entrapment');
      told.event(10 + at, code, 'cleared');
    }
    expect(told.last()).toMatchObject({ type: 'fault.cleared', reason: 'reported-clear', at: T0 + 12_000 });
  });

  it('a snapshot that lacks it adds evidence and clears nothing', () => {
    const told = story().event(0, 'entrapment', 'raised').snapshot(60, []).snapshot(120, []);
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.attached entrapment']);
    expect(told.last()).toMatchObject({ attachment: 'absent-from-snapshot' });
  });

  it('a false clear while people are still inside raises it again', () => {
    const told = story()
      .each(0, 46, () => STUCK)
      .event(50, 'entrapment', 'cleared')
      .each(51, 100, () => STUCK);
    expect(told.types()).toEqual([
      'fault.raised entrapment',
      'fault.cleared entrapment',
      'fault.raised entrapment',
    ]);
  });
});

describe('doors, loop and levelling', () => {
  const bridged = { ...RUNNING, doorState: 'open', safetyLoop: 'closed' } as const;

  it('one odd reading is no fault, two a second apart are', () => {
    expect(story().sample(0, bridged).sample(1, RUNNING).types()).toEqual([]);
    expect(story().sample(0, bridged).sample(1, bridged).types()).toEqual([
      'fault.raised moving-with-door-open',
      'fault.raised safety-loop-shorted',
    ]);
  });

  it('an open loop is a moving door, not a bridge; an unknown loop neither proves nor clears', () => {
    const open = { ...bridged, safetyLoop: 'open' } as const;
    expect(story().sample(0, open).sample(1, open).types()).toEqual(['fault.raised moving-with-door-open']);
    const told = story().sample(0, bridged).sample(1, bridged);
    told.sample(5, { doorState: 'open', safetyLoop: 'unknown' });
    expect(told.types()).not.toContain('fault.cleared safety-loop-shorted');
    told.sample(6, OPEN);
    expect(told.types()).toContain('fault.cleared safety-loop-shorted');
  });

  it('in the door zone a door may open before the stop', () => {
    const preopening = { ...bridged, inDoorZone: true } as const;
    expect(story().sample(0, preopening).sample(1, preopening).sample(2, preopening).types()).toEqual([]);
  });

  it('inspection records it as work; what outlives inspection is raised with its true start', () => {
    const told = story().sample(0, { mode: 'inspection' }).event(1, 'door-close-failed', 'raised');
    expect(told.types()).toEqual(['fault.suppressed door-close-failed']);
    told.sample(60, { mode: 'normal' });
    expect(told.last()).toMatchObject({ type: 'fault.raised', fault: { raisedAt: T0 + 1_000 } });
  });

  it.each([
    [9, undefined, undefined],
    [-14, 'medium', 'stopped-out-of-level'],
    [28, 'high', 'level-error-while-loading'],
  ])('a stop %i mm off is priority %s', (levelErrorMm, priority, reason) => {
    const told = story()
      .sample(-1, RUNNING)
      .each(0, 4, () => ({ ...OPEN, levelErrorMm }));
    expect(
      told.log.map(({ effect }) => ('fault' in effect ? [effect.fault.priority, effect.fault.reason] : [])),
    ).toEqual(priority ? [[priority, reason]] : []);
    if (!priority) return;
    told.sample(10, RUNNING).sample(20, { ...OPEN, levelErrorMm: 1 });
    expect(told.last()).toMatchObject({ type: 'fault.cleared', kind: 'levelling-error' });
  });

  it('sinking by loading is judged at 20 mm, not at 10', () => {
    const told = story()
      .sample(-1, RUNNING)
      .sample(0, { ...OPEN, levelErrorMm: 3 });
    expect(told.each(1, 8, () => ({ ...OPEN, levelErrorMm: -15 })).types()).toEqual([]);
  });

  it('a sensor the terminal calls faulty proves nothing', () => {
    const told = story()
      .event(0, 'terminal-door-sensor', 'raised')
      .each(1, 5, () => bridged);
    expect(told.types()).toEqual(['fault.raised terminal-door-sensor']);
  });
});

describe('order, history and snapshots', () => {
  const longAgo = -3_600;

  it('raise and clear by report; a repeated raise attaches, a stray clear changes nothing', () => {
    const told = story()
      .event(0, 'door-held', 'cleared')
      .event(1, 'door-held', 'raised')
      .event(2, 'door-held', 'raised')
      .event(3, 'door-held', 'cleared')
      .event(4, 'door-held', 'cleared');
    expect(told.types()).toEqual([
      'fault.raised door-held',
      'fault.attached door-held',
      'fault.cleared door-held',
    ]);
  });

  it('a clear one second earlier than its raise, received after it, clears it all the same', () => {
    const told = story().event(10, 'overspeed', 'raised').event(9, 'overspeed', 'cleared', { received: 11 });
    expect(told.last()).toMatchObject({ type: 'fault.cleared', at: T0 + 10_000 });
  });

  it('a stored raise whose clear came before is history; an entrapment pages all the same', () => {
    const told = story()
      .event(20, 'door-held', 'cleared')
      .event(10, 'door-held', 'raised', { stored: true, received: 21 });
    expect(told.last()).toMatchObject({ type: 'fault.recorded', clearedAt: T0 + 20_000 });
    const trapped = story()
      .event(20, 'entrapment', 'cleared')
      .event(10, 'entrapment', 'raised', { stored: true, received: 21 });
    expect(trapped.types()).toEqual(['fault.raised entrapment', 'fault.cleared entrapment']);
  });

  it('a stored raise older than ten minutes that a newer snapshot lacks is history; without one it pages', () => {
    const sent = { stored: true, received: 1 };
    expect(story().snapshot(0, []).event(longAgo, 'overspeed', 'raised', sent).types()).toEqual([
      'fault.recorded overspeed',
    ]);
    expect(story().event(longAgo, 'overspeed', 'raised', sent).last()).toMatchObject({
      type: 'fault.raised',
      fault: { raisedAt: T0 + longAgo * 1_000 },
    });
  });

  it('an entrapment in a backlog behind newer samples still pages', () => {
    const told = story().sample(0, OPEN);
    for (let at = longAgo; at <= longAgo + 50; at++) told.sample(at, STUCK, { stored: true, received: 1 });
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.cleared entrapment']);
  });

  it('another fault in such a backlog is history', () => {
    const bridged: Partial<LiftSample> = { ...RUNNING, doorState: 'open', safetyLoop: 'closed' };
    const told = story().sample(0, OPEN);
    for (let at = longAgo; at <= longAgo + 3; at++) told.sample(at, bridged, { stored: true, received: 1 });
    expect(told.types()).toEqual([
      'fault.recorded moving-with-door-open',
      'fault.recorded safety-loop-shorted',
    ]);
  });

  it('begin and end in one message is history', () => {
    const bridged: Partial<LiftSample> = { ...RUNNING, doorState: 'open', safetyLoop: 'open' };
    const told = story().batch(10, false, [
      [0, bridged],
      [1, bridged],
      [2, bridged],
      [3, {}],
    ]);
    expect(told.types()).toEqual(['fault.recorded moving-with-door-open']);
  });

  it('a late sample withdraws what it contradicts', () => {
    const told = story().sample(0, STUCK, { seq: 1 });
    for (let at = 5; at <= 50; at += 5) told.sample(at, STUCK, { seq: 10 + at });
    expect(told.types()).toEqual(['fault.raised entrapment']);
    told.sample(22, { ...RUNNING, occupied: true }, { seq: 12, received: 52 });
    expect(told.last()).toMatchObject({ type: 'fault.withdrawn', reason: 'late-sample-contradicts' });
  });

  it('a snapshot raises what is missing and clears what is gone', () => {
    const told = story().event(0, 'door-held', 'raised').snapshot(60, ['overspeed', 'made-up']);
    expect(told.types()).toEqual([
      'fault.raised door-held',
      'fault.cleared door-held',
      'fault.raised overspeed',
      'fault.raised unknown',
    ]);
  });

  it('the last will raises terminal-offline, and any live word clears it', () => {
    const told = story().sample(0).status(1, false).sample(30);
    expect(told.types()).toEqual(['fault.raised terminal-offline', 'fault.cleared terminal-offline']);
  });

  it('duplicates change nothing', () => {
    const told = story().event(0, 'overspeed', 'raised');
    const before = told.state;
    const result = step(before, {
      terminal: 'T7',
      lsn: 99,
      receivedAt: T0,
      clockOffsetMs: 0,
      items: [
        {
          type: 'fault-report',
          origin: { boot: 'b1', seq: 1, id: 'e1', at: T0, stored: false },
          report: { profile: NATIVE, code: 'overspeed', kind: 'overspeed', state: 'cleared', detail: null },
        },
      ],
      duplicates: [0],
    });
    expect(result).toEqual({ state: before, effects: [] });
  });

  it('a restart with seq at 0 goes on: nothing is taken for old', () => {
    const told = story().sample(0, STUCK, { boot: 'b1', seq: 4_000 });
    for (let at = 1; at <= 46; at++) told.sample(at, STUCK, { boot: 'b2', seq: at - 1 });
    expect(told.raisedAfter('entrapment')).toBe(45);
  });
});
