import {
  EMPTY_FORM,
  type FormValues,
  formOf,
  isDistrict,
  newBodyOf,
  patchOf,
  rebase,
  urlProblem,
} from './endpoint-form.js';
import { readEndpoint } from './webhook-view.js';

const BASE: FormValues = {
  ...EMPTY_FORM,
  label: 'Orders',
  url: 'https://a.example/x',
  types: ['fault.raised'],
};

describe('a new endpoint', () => {
  it('has no firm unless one is chosen, and no district when the field is empty', () => {
    const body = newBodyOf({ ...BASE, label: ' Orders ', url: ' https://a.example/x ', district: ' ' });
    expect(body).toMatchObject({ label: 'Orders', url: 'https://a.example/x', district: null });
    expect(body).not.toHaveProperty('firm');
    expect(newBodyOf({ ...BASE, firm: 'firm-7' }).firm).toBe('firm-7');
  });
});

describe('a change', () => {
  it.each<[string, Partial<FormValues>, object]>([
    ['nothing', {}, {}],
    ['the order of a list', { types: ['fault.raised'] }, {}],
    ['a name', { label: 'Ours' }, { label: 'Ours' }],
    ['a list', { types: [] }, { types: [] }],
    ['a district', { district: '500231' }, { district: '500231' }],
    ['a limit', { ratePerSecond: 5 }, { ratePerSecond: 5 }],
  ])('of %s sends that and no more', (_what, changed, patch) => {
    expect(patchOf(BASE, { ...BASE, ...changed })).toEqual(patch);
  });

  it('takes a filter away by null', () => {
    expect(patchOf({ ...BASE, district: '50' }, BASE)).toEqual({ district: null });
  });

  it('sees a list as a set', () => {
    const [one, other] = [
      ['v1', 'v1a'],
      ['v1a', 'v1'],
    ];
    expect(patchOf({ ...BASE, signatures: one }, { ...BASE, signatures: other })).toEqual({});
  });
});

describe('a change of what somebody else has changed meanwhile', () => {
  const now = { ...BASE, url: 'https://b.example/', ratePerSecond: 9 };

  it('keeps both, and says what they did', () => {
    const rebased = rebase(BASE, now, { ...BASE, label: 'Ours' });
    expect(rebased.values).toEqual({ ...now, label: 'Ours' });
    expect(rebased.theirs).toEqual(['url', 'ratePerSecond']);
    expect(rebased.clashes).toEqual([]);
    // What is sent next is one's own and nothing of theirs.
    expect(patchOf(now, rebased.values)).toEqual({ label: 'Ours' });
  });

  it('keeps its own where both changed the same, and says so', () => {
    const rebased = rebase(BASE, now, { ...BASE, url: 'https://c.example/' });
    expect(rebased.clashes).toEqual(['url']);
    expect(patchOf(now, rebased.values)).toEqual({ url: 'https://c.example/' });
  });
});

describe('the form of an endpoint', () => {
  it('holds what the server sent, and changes nothing by itself', () => {
    const sent = { id: 'we_1', url: 'https://a.example/', kinds: ['entrapment'], district: null, types: [] };
    const endpoint = readEndpoint({ ...sent, signatures: ['v1a'], concurrency: 2, ratePerSecond: 3 });
    if (endpoint === null) throw new Error('the endpoint was not read');
    const form = formOf(endpoint);
    expect(form).toMatchObject({ label: 'we_1', kinds: ['entrapment'], district: '', concurrency: 2 });
    expect(patchOf(form, formOf(endpoint))).toEqual({});
  });
});

describe('fields', () => {
  it.each([
    ['https://a.example/x', null],
    [' http://10.0.0.1:4000/ ', null],
    ['', 'no-url'],
    ['a.example', 'no-url'],
    ['ftp://a.example/', 'no-url'],
    ['javascript:alert(1)', 'no-url'],
    ['https://user:pass@a.example/', 'has-credentials'],
    [`https://a.example/${'x'.repeat(2_048)}`, 'too-long'],
  ])('URL %s', (text, problem) => {
    expect(urlProblem(text)).toBe(problem);
  });

  it.each([
    ['', true],
    ['50', true],
    ['500231', true],
    ['500231001', true],
    ['500231001002', true],
    ['500', false],
    ['5002310', false],
    ['五十', false],
  ])('district "%s"', (text, good) => {
    expect(isDistrict(text)).toBe(good);
  });
});
