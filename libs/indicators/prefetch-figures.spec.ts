import fc from 'fast-check';
import type { KyselyPlugin } from 'kysely';
import { INDICATOR_IDS, INDICATORS, indicator, type RateRule, ruleFaults, type Scope } from '#domain';
import type { Tx } from '#records';
import { insertRule } from './district-policies.js';
import { figuresIn, type RuleFigureOf } from './evaluate-rules.js';
import { factCore } from './fact.js';
import { needsOf } from './figure-needs.js';
import { IndicatorRig } from './indicator-rig.fixture.js';
import { applyFacts, type FactChange, refileLifts } from './ledger.js';
import { prefetchFigures, type WantedFigure, writeAndPrefetch } from './prefetch-figures.js';
import { ruleOf } from './rule.dto.js';
import { putToRules } from './rule-work.js';
import { readScope } from './scope-keys.js';
import type { LiftBook } from './spans.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-04T15:00:00+08:00');
const LIFTS = ['L1', 'L2'] as const;
/** A window of last month whose figure is asked for again. */
const STANDING = {
  from: Date.parse('2026-02-01T00:00:00+08:00'),
  to: Date.parse('2026-02-20T11:00:00+08:00'),
};

let rig: IndicatorRig;
beforeAll(async () => {
  rig = await IndicatorRig.start(NOW);
}, 60_000);
beforeEach(() => rig.clear());
afterAll(() => rig?.stop());

/** Ends what it did: the next history begins with nothing. */
async function inTransaction(work: (tx: Tx) => Promise<void>): Promise<void> {
  const undo = new Error('undo');
  await rig.records
    .write(async (tx) => {
      await work(tx);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
}

const moment = fc.integer({ min: 1, max: 80 * 24 * 60 }).map((minutes) => NOW - minutes * 60_000);
const interval = fc
  .tuple(moment, fc.option(fc.integer({ min: 1, max: 30 * DAY_MS })))
  .map(([from, ms]) => ({ from, to: ms === null ? null : from + ms }));

const book = fc.record({ installedOn: fc.constantFrom(null, '2012-02-10'), bound: interval, stop: interval });
const fact = fc.record({
  lift: fc.constantFrom(...LIFTS),
  at: moment,
  ended: fc.boolean(),
  what: fc.constantFrom(
    ['fault', 'faults.entrapment', 'entrapment'] as const,
    ['fault', 'faults.other-of-lift', 'door-held'] as const,
    ['fault', 'faults.of-terminal', 'terminal-offline'] as const,
    ['order', 'orders.entrapment', 'entrapment'] as const,
    ['inspection', 'inspections.passed', null] as const,
    ['maintenance', 'maintenance.due', 'half-month'] as const,
    ['runs', 'lifts.runs', null] as const,
  ),
});

type Books = typeof book extends fc.Arbitrary<infer T> ? T : never;
type Facts = typeof fact extends fc.Arbitrary<infer T> ? T : never;

function bookOf(lift: string, { installedOn, bound, stop }: Books): LiftBook {
  const period = { from: NOW - 70 * DAY_MS, to: null, district: '500231001', firm: 'f1', user: null };
  const rest = { site: 'garden', maker: null, useKind: null, installedOn, rescueCode: true };
  return { lift, ...rest, periods: [period], bindings: [bound], stops: [stop] };
}

function changeOf({ lift, at, ended, what }: Facts, place: number): FactChange {
  const [source, metric, kind] = what;
  const id = `x${place}`;
  const flags = source === 'maintenance' ? ['maintenance.on-time'] : [];
  const core = factCore(
    { source, id, metric, lift, at },
    { kind, flags, endedAt: ended ? at + DAY_MS : null },
  );
  const owner = { district: '500231001', firm: null };
  return { source, id, lift, next: () => core, correction: 'late-data', owner };
}

/** Every indicator, window and kind of scope that can be read with others. */
function wanted(): readonly WantedFigure[] {
  const scopes = ['county:500231', 'firm:f1@500231', 'site:garden@500231', 'lift:L1', 'lift:L2'];
  const rules = INDICATOR_IDS.flatMap((id) => {
    const { orderTimes, stopped, lifts } = needsOf([indicator(id)]);
    if (orderTimes || stopped || lifts.size > 0) return [];
    return scopes.flatMap((key) => [
      rule(id, key, { windowDays: 30 }),
      rule(id, key, { windowPeriod: 'quarter' }),
    ]);
  });
  return rules.flatMap(({ rule: each, scope }): WantedFigure[] => {
    if (ruleFaults(each).length > 0) return [];
    return [STANDING, { from: windowStart(each), to: NOW }].map((period) => ({ rule: each, scope, period }));
  });
}

function rule(
  id: (typeof INDICATOR_IDS)[number],
  key: string,
  window: { windowDays: number } | { windowPeriod: 'quarter' },
): { readonly rule: RateRule; readonly scope: Scope } {
  const scope = readScope(key);
  if (scope === null) throw new Error(key);
  const direction = INDICATORS[id].better === 'lower' ? 'at-most' : 'at-least';
  const body = { indicator: id, scopeKind: scope.kind, threshold: 1, direction, ...window } as const;
  return { rule: ruleOf(`${id}-${Object.values(window)}`, 1, body), scope };
}

/** The transaction, and how many statements went through it. */
function counted(tx: Tx): { readonly tx: Tx; readonly statements: () => number } {
  let statements = 0;
  const counter: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      statements += 1;
      return result;
    },
  };
  return { tx: tx.withPlugin(counter), statements: () => statements };
}

/** Compares a sixth of the figures with those read one by one. */
async function expectSame(tx: Tx, figureOf: RuleFigureOf, some: number): Promise<void> {
  const oneByOne = figuresIn(tx);
  for (const { rule: each, scope, period } of wanted().filter((_figure, place) => place % 6 === some % 6)) {
    const name = [each.id, scope.id, period.from];
    const figure = await figureOf(each, scope, period);
    expect([name, figure]).toEqual([name, await oneByOne(each, scope, period)]);
  }
}

async function notAsked(): Promise<never> {
  throw new Error('A figure was read one by one.');
}

test('what is read together, and while facts are written, is what is read one by one', async () => {
  // Facts of the second list have the first one's numbers: some are new, the others change what was counted.
  const facts = fc.array(fact, { minLength: 1, maxLength: 25 });
  const histories = fc.tuple(fc.tuple(book, book), facts, facts);
  await fc.assert(
    fc.asyncProperty(histories, ([books, first, second]) =>
      inTransaction(async (tx) => {
        const stored = books.map((each, place) => bookOf(LIFTS[place] ?? 'L1', each));
        await putToRules(tx, await refileLifts(tx, stored, NOW), NOW);
        await putToRules(tx, await applyFacts(tx, first.map(changeOf), NOW), NOW);
        const traced = counted(tx);
        await expectSame(tx, await prefetchFigures(traced.tx, wanted(), notAsked), first.length);
        const { writes } = await applyFacts(tx, second.map(changeOf), NOW);
        const { figureOf } = await writeAndPrefetch(traced.tx, writes, wanted());
        await expectSame(tx, figureOf, second.length);
        expect(traced.statements()).toBe(2);
      }),
    ),
    { numRuns: 4, includeErrorInReport: true },
  );
}, 60_000);

function windowStart({ window }: RateRule): number {
  return window.kind === 'days'
    ? Date.parse('2026-02-03T00:00:00+08:00')
    : Date.parse('2026-01-01T00:00:00+08:00');
}

describe('statements of one fault', () => {
  const KINDS = ['county', 'firm', 'site', 'lift'] as const;

  test.each([
    ['no rule', 0, 2, 2],
    ['twelve rules over three windows', 3, 3, 2],
  ] as const)('%s', async (_name, windows, first, next) => {
    await inTransaction(async (tx) => {
      const own = { installedOn: null, bound: { from: NOW - 60 * DAY_MS, to: null }, stop: STANDING };
      await putToRules(tx, await refileLifts(tx, [bookOf('L1', own)], NOW), NOW);
      for (const windowDays of [7, 30, 90].slice(0, windows)) {
        for (const scopeKind of KINDS) {
          const body = { indicator: 'fault-rate', scopeKind, threshold: 99, direction: 'at-most' } as const;
          await insertRule(tx, ruleOf(`${scopeKind}-${windowDays}`, 1, { ...body, windowDays }), 'test', NOW);
        }
      }
      const raise = async (place: number) => {
        const traced = counted(tx);
        const what = ['fault', 'faults.other-of-lift', 'door-held'] as const;
        const change = changeOf({ lift: 'L1', at: NOW - 1_000, ended: false, what }, place);
        await putToRules(traced.tx, await applyFacts(traced.tx, [change], NOW), NOW);
        return traced.statements();
      };
      expect(await raise(1)).toBe(first);
      // Every rule has met its scopes and stays where it was.
      expect(await raise(2)).toBe(next);
    });
  });
});
