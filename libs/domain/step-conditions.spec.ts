import { OPEN, RUNNING, STUCK, type Story, story, T0 } from './lift-story.fixture.js';

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

  it('standing empty outside the zone, a sensor that falls silent makes a possible entrapment', () => {
    const told = story()
      .sample(-2, OPEN)
      .each(-1, 50, () => ({ ...STUCK, occupied: false }))
      .sample(51, { ...STUCK, occupied: null })
      .sample(52, { ...STUCK, occupied: null });
    expect(told.types()).toEqual([
      'fault.raised stopped-outside-zone',
      'fault.attached stopped-outside-zone',
    ]);
    expect(told.last()).toMatchObject({
      detail: { priority: 'critical', reason: 'standing-outside-zone-occupancy-unknown' },
    });
  });

  it('a level error that grows beyond 20 mm rises to high', () => {
    const told = story().each(0, 4, () => ({ ...OPEN, levelErrorMm: 14 }));
    expect(told.sample(5, { ...OPEN, levelErrorMm: 25 }).last()).toMatchObject({
      type: 'fault.attached',
      detail: { priority: 'high', reason: 'level-error-while-loading' },
    });
  });

  it('what is over when inspection ends was work: nobody is paged', () => {
    const told = story()
      .sample(0, { mode: 'inspection' })
      .each(1, 3, () => ({ ...RUNNING, mode: 'inspection', doorState: 'open', safetyLoop: 'open' }))
      .sample(10, { mode: 'normal' });
    expect(told.types()).toEqual(['fault.suppressed moving-with-door-open']);
  });

  it('work in a backlog stays work, and a violation told under inspection stays one', () => {
    const bridgedIn = (told: Story, mode: 'inspection' | 'normal') => {
      for (let at = -3_600; at <= -3_597; at++) {
        told.sample(at, { ...bridged, mode }, { stored: true, received: 1 });
      }
      return told.types();
    };
    expect(bridgedIn(story().sample(0, OPEN), 'inspection')).toEqual([
      'fault.suppressed moving-with-door-open',
      'fault.suppressed safety-loop-shorted',
    ]);
    expect(bridgedIn(story().sample(0, { ...OPEN, mode: 'inspection' }), 'normal')).toEqual([
      'fault.recorded moving-with-door-open',
      'fault.recorded safety-loop-shorted',
    ]);
  });

  it('what a report made worse while it was suppressed is raised as bad as it is', () => {
    const told = story().each(0, 4, () => ({ ...OPEN, mode: 'inspection', levelErrorMm: 14 }));
    told.event(5, 'levelling-error', 'raised').sample(6, { ...OPEN, levelErrorMm: 14 });
    expect(told.last()).toMatchObject({
      type: 'fault.raised',
      fault: { priority: 'high', detail: { levelErrorMm: 14 } },
    });
  });

  it('made-up codes do not grow the state without end; each is recorded all the same', () => {
    const told = story();
    for (let n = 0; n < 200; n++)
      told.event(n, `made-up-${n}`, 'raised', { detail: { long: 'x'.repeat(99) } });
    expect(Object.keys(told.state.open)).toHaveLength(128);
    expect(JSON.stringify(told.state)).not.toContain('xxx');
    expect(told.log).toHaveLength(200);
    expect(told.last()).toMatchObject({ type: 'fault.suppressed', suppressedBy: 'too-many-unknown-codes' });
    expect(told.event(200, 'overspeed', 'raised').last()).toMatchObject({ type: 'fault.raised' });
  });
});
