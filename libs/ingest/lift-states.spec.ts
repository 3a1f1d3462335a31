import { batchOf, entryOf, event, inbound, reading, T0 } from './ingest.fixture.js';
import { script } from './lift-script.fixture.js';
import { LiftStates } from './lift-states.js';

const STUCK = { inDoorZone: false, occupied: true };
const tick = (seconds: number) => ({ kind: 'tick', receivedAt: T0 + seconds * 1_000 }) as const;
const stuck = (terminal: string) =>
  entryOf(inbound(terminal, 'telemetry', reading({ seq: 0, at: T0 }, STUCK)));

describe('lift states', () => {
  it('asks for ticks while only time can raise a fault, and one tick serves every lift', () => {
    const states = new LiftStates();
    states.advance(batchOf(1, entryOf(inbound('T3', 'telemetry', reading({ seq: 0 })))));
    expect(states.needsTicks).toBe(false);
    states.advance(batchOf(2, stuck('T1'), stuck('T2')));
    expect(states.needsTicks).toBe(true);
    expect(states.advance(batchOf(4, tick(44)))).toEqual([]);
    const found = states.advance(batchOf(5, tick(45)));
    expect(
      found.map(({ lsn, district, effects }) => [lsn, district, effects.map(({ type }) => type)]),
    ).toEqual([
      [5, '411330', ['fault.raised']],
      [5, '411330', ['fault.raised']],
    ]);
    expect(states.needsTicks).toBe(false);
  });

  it('stops asking when a terminal fell silent', () => {
    const states = new LiftStates();
    states.advance(
      batchOf(1, entryOf(inbound('T1', 'telemetry', reading({ seq: 0, at: T0 }, { occupied: true })))),
    );
    states.advance(batchOf(2, tick(60)));
    expect(states.needsTicks).toBe(true);
    states.advance(batchOf(3, tick(61)));
    expect(states.needsTicks).toBe(false);
  });

  it('restored, goes on as if nothing had happened', () => {
    const states = new LiftStates();
    states.advance(batchOf(1, stuck('T1'), stuck('T2')));
    const restored = new LiftStates();
    for (const block of states.blocks()) restored.restore(block);
    expect(restored.needsTicks).toBe(true);
    const ids = (of: LiftStates) =>
      of.advance(batchOf(3, tick(45))).flatMap(({ effects }) => effects.map((each) => JSON.stringify(each)));
    expect(ids(restored)).toEqual(ids(states));
  });

  it('counts unknown codes, not those of duplicates, and steps over what was refused', () => {
    const states = new LiftStates();
    const unknown = inbound('T1', 'event', event({ seq: 1 }, 'E-17', 'raised'));
    const found = states.advance(
      batchOf(
        1,
        entryOf(unknown),
        entryOf(unknown, { duplicates: [0] }),
        entryOf(inbound('T1', 'telemetry', 'garbage')),
        entryOf(inbound('T1', 'telemetry', reading({ seq: 3 })), {
          source: { terminal: 'T1', profile: 'gone', lift: 'LIFT-T1', district: null },
        }),
      ),
    );
    expect(found.map(({ lsn, unknownCodes }) => [lsn, unknownCodes])).toEqual([
      [1, [{ profile: 'native-v1', code: 'E-17' }]],
    ]);
  });

  it('hears of every decoded message, duplicates included, in order', () => {
    const heard: string[] = [];
    const messages = [1, 2, 3].map((seq) =>
      entryOf(inbound('T1', 'telemetry', reading({ seq })), { duplicates: [0] }),
    );
    new LiftStates().advance(batchOf(1, ...messages), (entry) => {
      heard.push(Buffer.from(entry.payload).toString());
    });
    expect(heard.map((text) => JSON.parse(text).seq)).toEqual([1, 2, 3]);
  });

  it('takes no part in a snapshot that began before: a state is replaced and never changed', () => {
    const states = new LiftStates();
    const steps = script(80).flat();
    const half = steps.length / 2;
    states.advance(batchOf(1, ...steps.slice(0, half).map((message) => entryOf(message))));
    const before = Buffer.concat([...states.blocks()]);
    const begun = states.blocks();
    states.advance(batchOf(half + 1, ...steps.slice(half).map((message) => entryOf(message))));
    expect(Buffer.concat([...begun]).equals(before)).toBe(true);
    expect(Buffer.concat([...states.blocks()]).equals(before)).toBe(false);
  });

  it('writes thousands of lifts as blocks of bounded size, and reads them back', () => {
    const states = new LiftStates();
    const entries = Array.from({ length: 2_000 }, (_, n) => stuck(`T${n}`));
    states.advance(batchOf(1, ...entries));
    const blocks = [...states.blocks()];
    expect(blocks.length).toBeGreaterThan(10);
    expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThan(80_000);
    const restored = new LiftStates();
    restored.restore(Buffer.from('[]'));
    for (const block of blocks) restored.restore(block);
    expect(Buffer.concat([...restored.blocks()]).equals(Buffer.concat(blocks))).toBe(true);
    restored.clear();
    expect([[...restored.blocks()], restored.needsTicks]).toEqual([[], false]);
  });
});
