import fc from 'fast-check';
import { sql } from 'kysely';
import type { NewLogEvent } from '#records';
import { IndicatorRig } from './indicator-rig.fixture.js';

const NOW = Date.parse('2026-03-04T15:00:00+08:00');
const SEED = 20_261_122;

let rig: IndicatorRig;
beforeAll(async () => {
  rig = await IndicatorRig.start(NOW);
}, 60_000);
afterAll(() => rig?.stop());

const KINDS = ['fault.raised', 'fault.cleared', 'fault.withdrawn', 'fault.judged'] as const;
const happening = fc.record({
  type: fc.constantFrom(...KINDS),
  faultId: fc.constantFrom('x1', 'x2', 'x3'),
  verdict: fc.constantFrom('false', 'genuine'),
});

/** An event of a fault whose lift is in no book; each fault has a day of its own. */
function eventOf({ type, faultId, verdict }: typeof happening extends fc.Arbitrary<infer T> ? T : never) {
  const lift = `L${faultId}`;
  const raisedAt = NOW - Number(faultId.slice(1)) * 86_400_000;
  const kind = faultId === 'x3' ? 'terminal-offline' : 'door-held';
  const data =
    type === 'fault.raised'
      ? { fault: { id: faultId, lift, kind, raisedAt } }
      : { faultId, lift, at: raisedAt + 60_000, verdict };
  return { type, lift, district: '500231001', firm: 'f1', data } satisfies NewLogEvent;
}

/** Of what these events write: emptying every table takes longer than all else. */
async function empty(): Promise<void> {
  for (const table of ['indicator_fact', 'indicator_count', 'indicator_exposure'])
    await sql`delete from ${sql.table(table)}`.execute(rig.records.db);
}

async function counted() {
  const { db } = rig.records;
  const facts = await sql`select * from indicator_fact order by source, id`.execute(db);
  const counts = await sql`select * from indicator_count where provisional <> 0 or official <> 0
    order by scope, metric, day`.execute(db);
  const exposure = await sql`select * from indicator_exposure where lifts <> 0 or offset_ms <> 0
    order by scope, measure, day`.execute(db);
  return [facts.rows, counts.rows, exposure.rows];
}

test('events of one page count as they do in pages of their own, also several of one fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 2, maxLength: 12 }), async (happenings) => {
      const events = happenings.map(eventOf);
      await empty();
      for (const event of events) await rig.follow(event);
      const oneByOne = await counted();
      await empty();
      await rig.follow(...events);
      expect(await counted()).toEqual(oneByOne);
    }),
    { seed: SEED, numRuns: 12, includeErrorInReport: true },
  );
}, 60_000);
