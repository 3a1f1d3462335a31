import { makeDirectory } from '../directory.js';
import { type Translate, translate } from '../i18n/translate.js';
import type { LiftView } from '../lift/lift-view.js';
import { districtOf, firstScope, readScopeKey, scopeGroups, scopeKeyOf, scopeTitle } from './scope-choice.js';

const t: Translate = (key, values) => translate('zh-CN', key, values);
const directory = makeDirectory(
  [
    { code: '500231', name: '垫江县' },
    { code: '500231001', name: '桂溪街道' },
    { code: '500231002', name: '新民镇' },
  ],
  [
    { code: 'f1', name: '华升电梯' },
    { code: 'f2', name: '新民电梯服务部' },
  ],
);
const lift: LiftView = {
  code: '31105002312020010001',
  rescueCode: '310001',
  district: '500231001',
  address: '桂溪街道工农路1号',
  site: '阳光花园',
  firm: 'f1',
  createdAtMs: 0,
  terminal: null,
};

describe('where the page begins', () => {
  it.each([
    [{ kind: 'firm', id: 'f1' } as const, 'firm:f1'],
    [{ kind: 'district', id: '500231' } as const, 'county:500231'],
    // A key of a prefix that is no district's length begins with the first one in it.
    [{ kind: 'district', id: '5002310' } as const, 'township:500231001'],
    [{ kind: 'all', id: '' } as const, 'county:500231'],
    [null, 'county:500231'],
  ])('a key of %j begins with %s', (own, expected) => {
    const scope = firstScope(own, directory);
    expect(scope === null ? null : scopeKeyOf(scope)).toBe(expected);
  });

  it('is the whole where two districts rank alike, and nothing where nothing is known', () => {
    const two = makeDirectory(
      [
        { code: '500231', name: '垫江县' },
        { code: '500233', name: '忠县' },
      ],
      [],
    );
    expect(firstScope({ kind: 'all', id: '' }, two)).toEqual({ kind: 'all', id: 'all' });
    expect(firstScope(null, makeDirectory([], []))).toBeNull();
  });
});

describe('scopes', () => {
  it.each([
    ['county:500231', { kind: 'county', id: '500231' }],
    ['site:A:B@500231', { kind: 'site', id: 'A:B@500231' }],
    ['county', null],
    [':500231', null],
    ['county:', null],
  ])('%s is read', (text, expected) => {
    expect(readScopeKey(text)).toEqual(expected);
  });

  it.each([
    ['county:500231', '垫江县', '500231'],
    ['township:500231001', '桂溪街道', '500231001'],
    ['firm:f1@500231', '华升电梯 · 垫江县', '500231'],
    ['firm:f1', '华升电梯', null],
    ['site:阳光花园@500231', '阳光花园 · 垫江县', '500231'],
    ['use-kind:hospital@500231', '医院 · 垫江县', '500231'],
    ['age-band:11-14', '使用 11-14 年', null],
    ['all:all', '全部电梯', null],
    ['province:50', '50', null],
  ])('%s is called %s and compared in %s', (key, title, within) => {
    const scope = readScopeKey(key);
    if (scope === null) throw new Error(key);
    expect(scopeTitle(t, directory, scope)).toBe(title);
    expect(districtOf(scope)).toBe(within);
  });
});

describe('what is offered', () => {
  const offered = (typed: string, own: Parameters<typeof firstScope>[0], lifts: readonly LiftView[] = []) =>
    scopeGroups(t, { own, directory, lifts }, typed).map(({ label, options }) => [
      label,
      options.map(({ value }) => value),
    ]);

  it('is found by prefix of a code and by part of a name', () => {
    expect(offered('5002310', { kind: 'all', id: '' })).toEqual([
      ['行政区划', ['township:500231001', 'township:500231002']],
    ]);
    expect(offered('新民', { kind: 'district', id: '500231' })).toEqual([
      ['行政区划', ['township:500231002']],
      ['维保单位', ['firm:f2']],
    ]);
  });

  it('has each site once, and the lifts the server found', () => {
    expect(offered('阳光', { kind: 'district', id: '500231' }, [lift, { ...lift, code: 'L2' }])).toEqual([
      ['小区或单位', ['site:阳光花园@500231']],
      ['电梯', ['lift:31105002312020010001', 'lift:L2']],
    ]);
  });

  it('is for a firm its own firm and lifts, for what is whole only a key of the whole', () => {
    expect(offered('', { kind: 'firm', id: 'f1' }, [lift]).map(([label]) => label)).toEqual([
      '维保单位',
      '电梯',
    ]);
    expect(offered('', { kind: 'all', id: '' })[0]).toEqual(['全部电梯', ['all:all']]);
  });
});
