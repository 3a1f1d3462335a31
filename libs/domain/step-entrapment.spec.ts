import { OPEN, RUNNING, STUCK, story, T0 } from './lift-story.fixture.js';
import { needsTicks } from './step.js';

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

  it('is not fooled by a floor mark that flickers between two floors, where trips are counted', () => {
    const flickers = (at: number) => ({ ...STUCK, floor: at % 2 ? '3' : '4', tripCount: 77 });
    expect(story().each(0, 45, flickers).raisedAfter('entrapment')).toBe(45);
    const travelled = (at: number) => ({ ...STUCK, floor: '3', tripCount: at < 30 ? 77 : 78 });
    expect(story().each(0, 70, travelled).raisedAfter('entrapment')).toBeUndefined();
  });

  it('no tick is asked for once the terminal has been quiet too long to be believed', () => {
    const told = story().sample(0, { occupied: true });
    expect([60, 61].map((at) => needsTicks(told.state, T0 + at * 1_000))).toEqual([true, false]);
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
  it('a press in a standing shut car is one entrapment; it raises no second fault', () => {
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

  it('the terminal that said it is over ends it, though it began with a press', () => {
    const told = story()
      .sample(0, STUCK)
      .event(5, 'alarm-button', 'raised')
      .event(8, 'entrapment', 'raised')
      .event(9, 'alarm-button', 'cleared')
      .event(60, 'entrapment', 'cleared');
    expect(told.types()).toEqual([
      'fault.raised entrapment',
      'fault.attached entrapment',
      'fault.cleared entrapment',
    ]);
  });

  it('a stored press whose release is known ends no open entrapment', () => {
    const told = story()
      .each(0, 46, () => STUCK)
      .event(50, 'alarm-button', 'cleared')
      .event(48, 'alarm-button', 'raised', { stored: true, received: 60 });
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.attached entrapment']);
    expect(Object.keys(told.state.open)).toEqual(['entrapment']);
  });

  it('a stored press in a shut standing car is an entrapment that its release does not end', () => {
    const told = story()
      .sample(0, STUCK)
      .event(6, 'alarm-button', 'cleared')
      .event(5, 'alarm-button', 'raised', { stored: true, received: 7 });
    expect(told.types()).toEqual(['fault.raised entrapment']);
  });

  it('a stored report whose own end is known does not end the incident it attaches to', () => {
    const told = story()
      .event(5, 'Lock/1', 'cleared')
      .event(10, 'Lock/2', 'raised')
      .event(3, 'Lock/1', 'raised', { stored: true, received: 12 });
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.attached entrapment']);
    expect(told.event(20, 'Lock/2', 'cleared').last()).toMatchObject({ type: 'fault.cleared' });
  });

  it('an old stored report that a newer snapshot lacks pages and stays: a snapshot ends none', () => {
    const told = story().snapshot(0, []).event(-3_600, 'entrapment', 'raised', { stored: true, received: 1 });
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.attached entrapment']);
    expect(told.last()).toMatchObject({ attachment: 'absent-from-snapshot' });
  });

  it('a stored picture of the car from before it began does not end it', () => {
    const told = story()
      .sample(0, OPEN)
      .event(100, 'entrapment', 'raised', { seq: 9 })
      .sample(50, OPEN, { seq: 5, stored: true, received: 101 });
    expect(told.types()).toEqual(['fault.raised entrapment']);
    expect(told.sample(120, OPEN, { seq: 10 }).types()).toContain('fault.cleared entrapment');
  });

  it('a terminal that uses an event id or a seq again raises a new fault, not the old one', () => {
    const told = story();
    for (const at of [0, 10, 20]) {
      told.event(at, 'entrapment', 'raised', { seq: 0, id: '1' });
      told.event(at + 5, 'entrapment', 'cleared', { seq: 0, id: '1' });
    }
    const ids = told.log.flatMap(({ effect }) => (effect.type === 'fault.raised' ? [effect.fault.id] : []));
    expect(new Set(ids).size).toBe(3);
  });

  it("a terminal's own detail sets no priority", () => {
    const told = story()
      .event(0, 'entrapment', 'raised')
      .event(1, 'entrapment', 'raised', { detail: { priority: 'low', floor: '3' } });
    expect(JSON.parse(JSON.stringify(told.last()))).toMatchObject({ detail: { floor: '3' } });
    expect(JSON.stringify(told.last())).not.toContain('priority');
  });
});
