import type { LiftSample } from '#protocol';
import { NATIVE, OPEN, RUNNING, STUCK, story, T0 } from './lift-story.fixture.js';
import { step } from './step.js';

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

  it('an old stored raise that a newer snapshot lacks is history; without one it pages', () => {
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

  it('a late sample that agrees withdraws nothing, whoever is in the car by now', () => {
    const told = story().sample(-1, { ...OPEN, occupied: true }, { seq: 1 });
    for (let at = 0; at <= 50; at += 5) told.sample(at, STUCK, { seq: 10 + at });
    // Freed by hand between two floors: the door open, nobody inside.
    told.sample(60, { ...STUCK, ...OPEN, occupied: false }, { seq: 80 });
    told.sample(22, STUCK, { seq: 12, received: 61 });
    expect(told.types()).toEqual(['fault.raised entrapment']);
  });

  it('a late sample of a level error that agrees withdraws nothing', () => {
    const bad = { ...OPEN, levelErrorMm: 15 };
    const told = story().sample(-1, RUNNING, { seq: 1 });
    for (let at = 0; at <= 6; at += 2) told.sample(at, bad, { seq: 10 + at });
    told.sample(8, RUNNING, { seq: 30 }).sample(3, bad, { seq: 11, received: 9 });
    expect(told.types()).toEqual(['fault.raised levelling-error']);
  });

  it('a late reading of a sensor that is faulty withdraws nothing', () => {
    const told = story().sample(0, STUCK, { seq: 1 });
    for (let at = 5; at <= 50; at += 5) told.sample(at, STUCK, { seq: 10 + at });
    told.event(51, 'terminal-floor-sensor', 'raised', { seq: 90 });
    told.sample(22, { occupied: true }, { seq: 12, received: 52 });
    expect(told.types()).toEqual(['fault.raised entrapment', 'fault.raised terminal-floor-sensor']);
  });

  it('a snapshot that arrives late neither ends nor raises what changed since', () => {
    const told = story()
      .event(30, 'door-held', 'raised', { seq: 3 })
      .event(40, 'door-held', 'cleared', { seq: 4 })
      .event(60, 'overspeed', 'raised', { seq: 6 })
      .snapshot(35, ['door-held'], { seq: 2, received: 70 });
    expect(told.types()).toEqual([
      'fault.raised door-held',
      'fault.cleared door-held',
      'fault.raised overspeed',
    ]);
  });

  it('another terminal takes over: the self-faults of the old one go, the faults of the lift stay', () => {
    const told = story()
      .sample(0, {}, { seq: 5_000 })
      .event(1, 'terminal-presence-sensor', 'raised')
      .event(2, 'overspeed', 'raised')
      .status(3, false);
    told.sample(60, { ...OPEN, occupied: true }, { terminal: 'T8', seq: 0 });
    expect(told.types().slice(3)).toEqual([
      'fault.cleared terminal-presence-sensor',
      'fault.cleared terminal-offline',
    ]);
    expect(told.last()).toMatchObject({ reason: 'terminal-replaced' });
    expect(Object.keys(told.state.open)).toEqual(['overspeed']);
    expect(told.state.boots).toEqual([{ boot: 'b1', maxSeq: 0 }]);
    expect(told.state.live.car?.occupancy).toBe('yes');
  });
});
