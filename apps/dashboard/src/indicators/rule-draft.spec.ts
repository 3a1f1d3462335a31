import fc from 'fast-check';
import { INDICATOR_IDS } from '#domain';
import { bodyOfRule, emptyDraft, type RuleDraft, readDraft, withIndicator } from './rule-draft.js';
import { readRule } from './rule-view.js';

const good: RuleDraft = { ...emptyDraft('500231'), id: 'firm-trapping', threshold: '0.5' };

describe('a draft of a rule', () => {
  it('becomes what the API takes, without what was left empty', () => {
    expect(readDraft(good, true)).toEqual({
      ok: true,
      body: {
        indicator: 'entrapment-rate-monthly',
        scopeKind: 'firm',
        direction: 'at-most',
        threshold: 0.5,
        evidence: 'provisional',
        district: '500231',
        windowDays: 30,
      },
    });
    const whole = {
      ...good,
      window: 'quarter' as const,
      hysteresis: '0.1',
      holdMinutes: '60',
      minimumExposure: '1,000',
    };
    expect(readDraft(whole, true)).toMatchObject({
      ok: true,
      body: { windowPeriod: 'quarter', hysteresis: 0.1, holdMinutes: 60, minimumExposure: 1_000 },
    });
  });

  it('gives a parameter only to an indicator that has it', () => {
    const late = { ...withIndicator(good, 'on-time-arrival-share'), parameter: '20', threshold: '98' };
    expect(readDraft(late, true)).toMatchObject({
      ok: true,
      body: { limitMinutes: 20, direction: 'at-least' },
    });
    const other = readDraft({ ...good, parameter: '20' }, true);
    expect(JSON.stringify(other)).not.toContain('20');
  });

  it.each([
    [{ id: 'Firm' }, { id: 'id' }],
    [{ id: '' }, { id: 'id' }],
    [{ threshold: '' }, { threshold: 'threshold' }],
    [{ threshold: '-1' }, { threshold: 'threshold' }],
    [{ threshold: '1e3' }, { threshold: 'threshold' }],
    [{ indicator: 'terminal-coverage', threshold: '101' }, { threshold: 'share' }],
    [{ days: '0' }, { days: 'days' }],
    [{ days: '1.5' }, { days: 'days' }],
    [{ district: '50023' }, { district: 'district' }],
    [{ hysteresis: 'x' }, { hysteresis: 'number' }],
    [{ holdMinutes: '1.5' }, { holdMinutes: 'whole' }],
  ] as const)('%j is refused by field: %j', (change, faults) => {
    expect(readDraft({ ...good, ...change }, true)).toEqual({ ok: false, faults });
  });

  it('needs no name to be tested', () => {
    expect(readDraft({ ...good, id: '' }, false).ok).toBe(true);
  });

  it('keeps a direction, a window and a reading that suit its indicator', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...INDICATOR_IDS), { minLength: 1, maxLength: 6 }), (ids) => {
        const draft = ids.reduce<RuleDraft>((held, id) => withIndicator(held, id), {
          ...good,
          window: 'month',
        });
        const answer = readDraft({ ...draft, threshold: '50' }, true);
        expect(answer.ok).toBe(true);
      }),
    );
    const share = withIndicator({ ...good, window: 'month' }, 'repeat-entrapment-lifts-year');
    expect(share.window).toBe('days');
    expect(withIndicator(good, 'terminal-coverage')).toMatchObject({
      direction: 'at-least',
      evidence: 'official',
    });
  });
});

describe('a stored rule', () => {
  const sent = {
    id: 'r1',
    version: 3,
    enabled: false,
    indicator: 'on-time-arrival-share',
    evidence: 'official',
    scopeKind: 'firm',
    district: '500231',
    ids: null,
    threshold: 98,
    direction: 'at-least',
    windowDays: null,
    windowPeriod: 'month',
    minimumExposure: 20,
    hysteresis: 0,
    holdMinutes: 0,
    limitMinutes: 20,
    atLeast: null,
    madeBy: 'x',
    madeAt: '2026-11-01T00:00:00Z',
  };

  it('is sent back as it is', () => {
    const rule = readRule(sent);
    if (rule === null) throw new Error('not read');
    const { id: _id, version: _version, madeBy: _by, madeAt: _at, ...rest } = sent;
    const body = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
    expect(bodyOfRule(rule)).toEqual(body);
    expect(bodyOfRule({ ...rule, ids: ['f1'] })).toMatchObject({ ids: ['f1'] });
    expect(bodyOfRule({ ...rule, ids: ['f1'] })).not.toHaveProperty('district');
  });

  it.each([null, {}, { ...sent, threshold: 'x' }, { ...sent, id: '' }])('%j is none', (value) => {
    expect(readRule(value)).toBeNull();
  });
});
