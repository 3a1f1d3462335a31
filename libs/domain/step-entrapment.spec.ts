import { OPEN, RUNNING, STUCK, T0, story } from './lift-story.fixture.js';

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
