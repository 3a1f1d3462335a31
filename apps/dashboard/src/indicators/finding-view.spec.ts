import { FINDING_KINDS as KNOWN_KINDS } from '#domain';
import { FINDING_KINDS } from './finding-kinds.js';
import { evidenceHref } from './finding-links.js';
import { findingPeriod, findingQuery, readFinding } from './finding-view.js';
import { readPeriodLabel } from './period-choice.js';

const NOW = Date.parse('2026-11-22T03:00:00Z');
const SENT = {
  kind: 'faked-faults',
  lift: '31105002312020010001',
  district: '500231',
  firm: null,
  count: 2,
  firstAt: '2026-11-01T00:00:00.000Z',
  lastAt: '2026-11-02T00:00:00.000Z',
  rows: ['f1', 'f2'],
  reason: 'faults reported by the terminal and judged false',
};

function periodOf(label: string) {
  const period = readPeriodLabel(label);
  if (period === null) throw new Error(`${label} is no period`);
  return period;
}

describe('a finding', () => {
  it('is of a kind that the server knows, and of each of them', () => {
    expect(FINDING_KINDS).toEqual(KNOWN_KINDS);
  });

  it('is read with its times and rows', () => {
    expect(readFinding(SENT)).toEqual({
      kind: 'faked-faults',
      lift: SENT.lift,
      district: '500231',
      firm: null,
      count: 2,
      firstAtMs: Date.parse(SENT.firstAt),
      lastAtMs: Date.parse(SENT.lastAt),
      rows: ['f1', 'f2'],
    });
  });

  it.each([
    ['an unknown kind', { kind: 'of-a-newer-server' }],
    ['no lift', { lift: 7 }],
    ['no time', { lastAt: 'yesterday' }],
  ])('with %s cannot be read', (_what, change) => {
    expect(readFinding({ ...SENT, ...change })).toBeNull();
  });
});

describe('the question for findings', () => {
  const month = periodOf('2026-10');

  it.each([
    [{ kind: 'all', id: 'all' }, {}],
    [{ kind: 'township', id: '500231101' }, { district: '500231101' }],
    [{ kind: 'firm', id: 'f1' }, { firm: 'f1' }],
    [
      { kind: 'firm', id: 'f1@500231' },
      { firm: 'f1', district: '500231' },
    ],
    [{ kind: 'lift', id: SENT.lift }, { lift: SENT.lift }],
  ])('of %p is by %p, over the days of the period in China', (scope, place) => {
    expect(findingQuery('faked-faults', scope, month)).toEqual({
      kind: 'faked-faults',
      since: '2026-09-30T16:00:00.000Z',
      until: '2026-10-31T16:00:00.000Z',
      district: null,
      firm: null,
      lift: null,
      ...place,
    });
  });

  it('is not asked of a scope by which nobody looks them up', () => {
    expect(findingQuery('faked-faults', { kind: 'maker', id: 'm1' }, month)).toBeNull();
  });

  it.each([
    ['faked-faults', '2026-Q4', '2026-Q4'],
    ['repeat-entrapments-month', '2026-Q4', '2026-11'],
    ['repeat-entrapments-month', '2025', '2025-12'],
    ['repeat-entrapments-year', '2026-03', '2026'],
  ] as const)('of %s with %s chosen is of %s', (kind, chosen, expected) => {
    expect(findingPeriod(kind, periodOf(chosen), NOW).label).toBe(expected);
  });

  it('leads to where the rows are counted, but for faults, which are read one by one', () => {
    const found = readFinding(SENT);
    if (found === null) throw new Error('not read');
    expect(evidenceHref(found, month)).toBeNull();
    const lift = encodeURIComponent(`lift:${SENT.lift}`);
    expect(evidenceHref({ ...found, kind: 'repeat-entrapments-month' }, month)).toBe(
      `#/indicators?scope=${lift}&period=2026-10&indicator=entrapment-rate-total`,
    );
    expect(evidenceHref({ ...found, kind: 'fake-maintenance' }, month)).toBe(
      `#/indicators?scope=${lift}&period=2026-10&indicator=card-maintenance-share&part=denominator`,
    );
  });
});
