import { OPEN, RUNNING, T0, story } from './lift-story.fixture.js';

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
