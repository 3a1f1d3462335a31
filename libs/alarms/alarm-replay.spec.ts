import fc from 'fast-check';
import { Metrics } from '#runtime';
import { AlarmStreams } from './alarm-streams.js';
import { AlarmTail } from './alarm-tail.js';
import { MemoryRecords, VirtualClock, Wire } from './testing/stream-doubles.js';
import { UnrecordedAlarms } from './unrecorded-alarms.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('between replay and live', () => {
  const whose = fc.constantFrom('A', 'B', 'other');

  test('nothing is lost and nothing doubled, however reads and commits interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(whose, { maxLength: 250 }),
        fc.array(whose, { maxLength: 30 }),
        fc.nat(),
        // Each step commits the next event or lets one of the reads that are under way answer.
        fc.infiniteStream(fc.nat({ max: 5 })),
        async (before, during, start, picks) => {
          const waiting: (() => void)[] = [];
          const records = new MemoryRecords(
            (answer) => new Promise((resolve) => waiting.push(() => resolve(answer))),
          );
          const add = (what: string) =>
            records.append(what === 'other' ? 'fault.recorded' : 'alarm.updated', what);
          const step = async (pick: number, toCommit: string[]) => {
            const [next] = toCommit;
            if (next !== undefined && (pick > 3 || waiting.length === 0)) add(toCommit.shift() ?? next);
            else waiting.splice(pick % waiting.length, 1)[0]?.();
            await settle();
          };
          for (const what of before) add(what);
          const clock = new VirtualClock();
          const tail = new AlarmTail(records, clock, new Metrics());
          const streams = new AlarmStreams(
            records,
            tail,
            clock,
            new Metrics(),
            new UnrecordedAlarms(null, clock, new Metrics()),
          );
          streams.onModuleInit();
          const booting = tail.onApplicationBootstrap();
          await step(0, []);
          await booting;
          const lastEventId = start % (before.length + 1);
          const wire = new Wire();
          streams.open(
            wire,
            { maySee: ({ firm }) => firm === 'A', recheck: async () => null },
            String(lastEventId),
          );
          const toCommit = [...during];
          while (toCommit.length > 0 || waiting.length > 0) await step(picks.next().value, toCommit);
          const expected = records.log
            .filter(({ id, type, firm }) => id > lastEventId && type === 'alarm.updated' && firm === 'A')
            .map(({ id }) => id);
          expect(wire.alarmIds).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
