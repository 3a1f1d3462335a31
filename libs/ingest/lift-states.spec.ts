import { batchOf, entryOf, event, inbound, reading, T0 } from './ingest.fixture.js';
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
    restored.restore(JSON.parse(JSON.stringify(states.snapshot())));
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
});
