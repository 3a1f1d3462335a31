import { FactReader } from './backtest-facts.js';
import { factCore } from './fact.js';
import { IndicatorRig } from './indicator-rig.fixture.js';
import { applyFacts, type FactChange } from './ledger.js';
import { ruleOf } from './rule.dto.js';
import { putToRules } from './rule-work.js';

const NOW = Date.parse('2026-03-04T15:00:00+08:00');
const FROM = NOW - 86_400_000;

let rig: IndicatorRig;
beforeAll(async () => {
  rig = await IndicatorRig.start(NOW);
}, 60_000);
afterAll(() => rig?.stop());

/** Facts of which three each share a moment, a fifth is of no concern, and the firm changes by the number. */
function change(_: unknown, n: number): FactChange {
  const [source, metric] =
    n % 5 === 4 ? (['runs', 'lifts.runs'] as const) : (['fault', 'faults.entrapment'] as const);
  const [id, lift] = [`x${String(n).padStart(3, '0')}`, `L${n}`];
  const at = FROM + Math.floor(n / 3) * 60_000;
  const core = factCore({ source, id, metric, lift, at }, { endedAt: n % 2 === 0 ? at : null });
  const owner = { district: n % 7 === 0 ? '500232001' : '500231001', firm: `f${n % 2}` };
  return { source, id, lift, next: () => core, correction: 'late-data', owner };
}

test('every page size reads the same facts, in the order of time, under the scopes of the rule', async () => {
  const facts = Array.from({ length: 31 }, change);
  await rig.records.write(async (tx) => {
    await putToRules(tx, await applyFacts(tx, facts, NOW), NOW);
    return { result: undefined, events: [] };
  });
  const rule = ruleOf('r', 1, {
    indicator: 'fault-rate',
    scopeKind: 'firm',
    district: '500231',
    threshold: 1,
    direction: 'at-most',
  });
  const expected = facts.flatMap(({ next }, n) => {
    const core = next(null);
    // A rule of a county sees that county's part of a firm, and no fact of another county.
    if (core?.source !== 'fault' || n % 7 === 0) return [];
    return [[core.at, n % 2 === 0, [`firm:f${n % 2}@500231`]]];
  });
  for (const pageMax of [1, 4, 24, 10_000]) {
    const reader = new FactReader(rig.records.db, rule, NOW, pageMax);
    const read: unknown[] = [];
    let pages = 0;
    for (let page = await reader.read([FROM - 1, '', '']); ; page = await reader.read(page.next)) {
      pages += 1;
      expect(page.length).toBeLessThanOrEqual(pageMax);
      for (let place = 0; place < page.length; place += 1) {
        const { at, metric, weight, official } = page.fact(place);
        expect([metric, weight]).toEqual(['faults.entrapment', 1]);
        read.push([at, official, page.keys(place)]);
      }
      if (page.next === null) break;
    }
    expect(read).toEqual(expected);
    expect(pages).toBe(Math.floor(expected.length / pageMax) + 1);
  }
});
