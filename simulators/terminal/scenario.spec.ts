import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planFleet } from '../fleet/plan-fleet.js';
import { packageRoot } from '../package-root.js';
import { Rng } from '../random.js';
import { Director } from './director.js';
import { expectedFaults } from './oracle.js';
import { parseScenario, type ScenarioStep } from './scenario.js';
import { SimulatedTerminal } from './simulated-terminal.js';

function steps(text: string): readonly ScenarioStep[] {
  const scenario = parseScenario(text);
  if (!scenario.ok) throw new Error(scenario.problem);
  return scenario.steps;
}

describe('a scenario', () => {
  it.each([
    ['index', '- {at: 1, lift: 3, do: gas}', { by: 'index', index: 3 }],
    ['rescue code as a number', '- {at: 1, lift: 312345, do: gas}', { by: 'code', code: '312345' }],
    [
      'registration code',
      '- {at: 1, lift: "3110320107200709E722", do: gas}',
      { by: 'code', code: '3110320107200709E722' },
    ],
    ['any', '[{"at": 1, "lift": "any", "do": "gas"}]', { by: 'any' }],
  ])('names a lift by %s', (_, text, lift) => {
    expect(steps(text)).toEqual([{ atS: 1, lift, do: 'gas', forS: 30, repeatEveryS: null }]);
  });

  it.each([
    ['nothing', '', /list of 1 to/],
    ['no list', 'at: 1', /list of 1 to/],
    ['broken YAML', '- {at: 1', /not YAML/],
    ['an alias', '- &a {at: 1, lift: 0, do: gas}\n- *a', /not YAML/],
    ['no mapping', '- 5', /step 1: must be a mapping/],
    [
      'an unknown action',
      '- {at: 1, lift: 0, do: gas}\n- {at: 1, lift: 0, do: explode}',
      /step 2: do: "explode" is none of/,
    ],
    ['an unknown field', '- {at: 1, lift: 0, do: gas, foor: 3}', /unknown field 'foor'/],
    ['a time that is none', '- {at: soon, lift: 0, do: gas}', /at: "soon"/],
    ['a negative time', '- {at: -1, lift: 0, do: gas}', /at: -1/],
    ['no duration', '- {at: 1, lift: 0, do: gas, for: 0}', /for: 0/],
    ['too fast a repeat', '- {at: 1, lift: 0, do: gas, repeatEvery: 1}', /repeatEvery: 1/],
    ['no lift', '- {at: 1, do: gas}', /lift: undefined/],
    ['a broken index', '- {at: 1, lift: 1.5, do: gas}', /lift: 1.5/],
  ])('with %s says what is wrong', (_, text, problem) => {
    expect(parseScenario(text)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });

  it('of the demo has every kind it must show within seconds', () => {
    const text = readFileSync(join(packageRoot(), 'simulators/terminal/scenarios/demo.yaml'), 'utf8');
    const early = steps(text)
      .filter(({ atS }) => atS <= 5)
      .map((step) => step.do);
    expect(early.toSorted()).toEqual([
      'door-fault',
      'levelling-error',
      'shorted-safety-loop',
      'trapped-pressing-button',
      'trapped-silent',
    ]);
  });
});

describe('the demo on its own fleet', () => {
  const START = 1_700_000_000_000;
  const text = readFileSync(join(packageRoot(), 'simulators/terminal/scenarios/demo.yaml'), 'utf8');
  const { lifts } = planFleet({ lifts: 120, districts: 5, seed: 1, profile: 'native-v1' });

  // What a viewer is promised after `ready`; the clock at the start must not matter.
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('shows each early fault in time (start %i)', (start) => {
    for (const step of steps(text).filter(({ atS }) => atS <= 5)) {
      const lift = step.lift.by === 'index' ? lifts[step.lift.index] : undefined;
      if (!lift) throw new Error('early steps name their lift');
      const identity = { ...lift, id: lift.terminalId, lift: lift.registrationCode };
      const terminal = new SimulatedTerminal(identity, { seed: 1, startAt: START + start * 1000 });
      terminal.advanceTo(START + start * 1000 + step.atS * 1000);
      if (step.do === 'network-lost') throw new Error('no early step is of the line');
      terminal.begin(step.do, step.forS * 1000);
      let onsetS = Number.POSITIVE_INFINITY;
      for (let second = step.atS; second < 60 && onsetS > 60; second++) {
        const { onset } = terminal.advanceTo(START + start * 1000 + second * 1000);
        if (onset) onsetS = (onset.at - START) / 1000 - start;
      }
      // 45 s of standing and a 5 s sample follow the silent one: seen before 75 s.
      expect({ do: step.do, inTime: onsetS <= 22, onsetS }).toMatchObject({ do: step.do, inTime: true });
    }
  });
});

describe('the director', () => {
  const actor = (n: number, free = true) => ({ identity: { lift: `L${n}`, rescueCode: `10000${n}` }, free });

  it('gives a busy lift its step when it is free, and repeats from then', () => {
    const busy = actor(0, false);
    const director = new Director(steps('- {at: 5, lift: 0, do: gas, repeatEvery: 20}'), [busy], new Rng(1));
    const cueTimes: number[] = [];
    for (let second = 0; second <= 60; second++) {
      busy.free = second >= 12;
      if (director.due(second).length > 0) cueTimes.push(second);
    }
    expect(cueTimes).toEqual([12, 25, 45]);
  });

  it('finds lifts by code and never gives one lift two steps at once', () => {
    const list = steps(
      '- {at: 0, lift: 100001, do: gas}\n- {at: 0, lift: 1, do: ebike}\n- {at: 0, lift: any, do: gas}',
    );
    const cues = new Director(list, [actor(0), actor(1)], new Rng(1)).due(0);
    expect(cues.map(({ index, action }) => [index, action])).toEqual([
      [1, 'gas'],
      [0, 'gas'],
    ]);
  });

  it('names a lift the fleet lacks', () => {
    expect(Director.missingLift(steps('- {at: 0, lift: 2, do: gas}'), [actor(0)])).toContain('lifts 0 to 0');
    expect(Director.missingLift(steps('- {at: 0, lift: 999999, do: gas}'), [actor(0)])).toContain('999999');
    expect(Director.missingLift(steps('- {at: 0, lift: any, do: gas}'), [actor(0)])).toBeNull();
  });

  it('is quiet without a fault rate, and keeps to it with one', () => {
    const actors = Array.from({ length: 100 }, (_, n) => actor(n));
    const count = (rate: number) => {
      const director = new Director([], actors, new Rng(7), rate);
      let cues = 0;
      for (let hour = 0; hour < 30 * 24; hour++) cues += director.due(hour * 3600).length;
      return cues;
    };
    expect(count(0)).toBe(0);
    expect(count(1)).toBeGreaterThan(70);
    expect(count(1)).toBeLessThan(130);
  });
});

describe('the oracle', () => {
  const line = { lift: 'L', terminal: 'T', at: 1000, endsAt: 121_000 } as const;

  it('expects an inferred entrapment only of people held 45 s', () => {
    const silent = { ...line, kind: 'entrapment', how: 'trapped-silent' } as const;
    expect(expectedFaults([silent], 0)).toEqual([
      {
        lift: 'L',
        kind: 'entrapment',
        evidence: 'inferred',
        earliest: 46_000,
        latest: 51_000,
        clearsFrom: 121_000,
      },
    ]);
    expect(expectedFaults([{ ...silent, endsAt: 40_000 }])).toEqual([]);
  });

  it('expects a press at once, as one reported entrapment, and nothing of a mode change', () => {
    const pressed = { ...line, kind: 'entrapment', how: 'trapped-pressing-button' } as const;
    const inspection = { ...line, kind: 'inspection', how: 'inspection' } as const;
    expect(expectedFaults([pressed, inspection], 0)).toMatchObject([
      { kind: 'entrapment', evidence: 'reported', earliest: 1000, latest: 2000 },
    ]);
  });
});
