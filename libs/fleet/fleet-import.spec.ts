import { FleetApp } from './fleet-app.fixture.js';

let fleet: FleetApp;
beforeAll(async () => {
  fleet = await FleetApp.start();
}, 60_000);
afterAll(() => fleet.stop());

const registration = (serial: number) => `3110330922202001${String(serial).padStart(4, '0')}`;
const items = async (path: string) => (await fleet.call('GET', path)).body.items as Record<string, unknown>[];
const countEvents = async () => await fleet.records.headEventId();

describe('imports', () => {
  it.each([
    ['districts', '行政区划代码,名称\r\n330922,嵊泗县\r\n330922104,菜园镇\r\n'],
    ['firms', 'id,name,phone\nf1,海诚,110\nf2,"岛城, 二部",\n'],
    ['users', '使用单位编号,使用单位名称\nu1,菜园物业'],
  ])('takes %s, and the same file again changes nothing', async (kind, file) => {
    const rows = file.trim().split('\n').length - 1;
    const counts = { rows, changed: 0, refused: 0, errors: [], stopped: null };
    expect((await fleet.csv(kind, file)).body).toMatchObject({ ...counts, registered: rows, unchanged: 0 });
    const events = await countEvents();
    expect((await fleet.csv(kind, file)).body).toMatchObject({ ...counts, registered: 0, unchanged: rows });
    expect(await countEvents()).toBe(events);
  });

  it('says which columns it did not read', async () => {
    expect((await fleet.csv('firms', 'id,name,phone\n')).body).toMatchObject({ ignoredColumns: ['phone'] });
  });

  it('keeps the good rows and says of each bad one where and why', async () => {
    const file = [
      '注册代码,救援码,行政区划,地址,使用场所,安装日期,维保单位,经度,纬度,坐标系',
      `${registration(1)},100001,330922104,沙河路1号,医院,2009年8月1日,f1,122.45,30.72,GCJ02`,
      `${registration(2)},12345,330922,沙河路2号,城堡,2009-13-01,f1,,,`,
      `${registration(3)},,110101,沙河路3号,,,f1,,,`,
      `${registration(4)},,330922,=HYPERLINK("x"),,,,,,`,
      `${registration(5)},,330922,'-2层车库,,,,,,`,
      `${registration(1)},,330922,又是1号,,,,,,`,
      `${registration(6)},,330922,"沙河`,
      '路"6号,,,,,,',
      `${registration(7)},100001,330922,沙河路7号,,,,,,`,
      '',
      `${registration(8)},,330922,"沙河路8号, 甲",,,f9,,,`,
      `${registration(9)},,330922,沙河路9号,,,,122.4,,`,
      ',,330922,无码,,,,,,',
    ].join('\r\n');
    const { body } = await fleet.csv('lifts', file);
    expect(body).toMatchObject({ registered: 2, stopped: null });
    const errors = body.errors as { line: number; column: string; code: string }[];
    expect(errors.map(({ line, column, code }) => [line, column, code])).toEqual(
      [
        [3, '救援码', 'invalid'],
        [3, '使用场所', 'invalid'],
        [3, '安装日期', 'invalid'],
        [4, '行政区划', 'unknown-district'],
        [5, '地址', 'broken-quotes'],
        [7, '注册代码', 'duplicate-key'],
        [8, null, 'broken-quotes'],
        [9, '注册代码', 'invalid'],
        [10, '救援码', 'rescue-code-taken'],
        [12, '维保单位', 'unknown-firm'],
        [13, '纬度', 'position-incomplete'],
        [14, '注册代码', 'missing'],
      ].map((each) => (each[0] === 5 ? [5, '地址', 'formula'] : each)),
    );
    expect(await items('/lifts')).toMatchObject([
      {
        registrationCode: registration(1),
        useKind: 'hospital',
        installedOn: '2009-08-01',
        longitude: 122.45,
        datum: 'GCJ-02',
      },
      { registrationCode: registration(5), address: '-2层车库' },
    ]);
  });

  it('reads GBK, told or found out', async () => {
    // "code,name\n330923,测试县\n" in GBK.
    const file = Buffer.concat([
      Buffer.from('code,name\n330923,'),
      Buffer.from([0xb2, 0xe2, 0xca, 0xd4, 0xcf, 0xd8]),
      Buffer.from('\n'),
    ]);
    expect((await fleet.csv('districts', file)).body).toMatchObject({ registered: 1 });
    expect((await fleet.csv('districts', file, 'text/csv; charset=gbk')).body).toMatchObject({
      unchanged: 1,
    });
    expect((await fleet.call('GET', '/districts/330923')).body.name).toBe('测试县');
    const wrong = await fleet.csv('districts', file, 'text/csv; charset=utf-8');
    expect(wrong.body).toMatchObject({ stopped: { code: 'encoding' }, registered: 0 });
  });

  it.each([
    ['no such kind', 'castles', 'a\n', 'text/csv', 404],
    ['another type', 'firms', 'id,name\n', 'text/plain', 415],
    ['another charset', 'firms', 'id,name\n', 'text/csv; charset=latin1', 200],
    ['an empty file', 'firms', '', 'text/csv', 400],
    ['a missing column', 'firms', 'id\nf1\n', 'text/csv', 400],
    ['a doubled column', 'firms', 'id,name,名称\n', 'text/csv', 400],
  ])('answers %s', async (_case, kind, file, type, status) => {
    const answer = await fleet.csv(kind, file, type);
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.body).toMatchObject({ stopped: { code: 'encoding' } });
  });

  it('leaves fields alone whose column the file does not have, and empties empty cells', async () => {
    const file = `registrationCode,maintenance firm\n${registration(1)},\n`;
    expect((await fleet.csv('lifts', file)).body).toMatchObject({ changed: 1, refused: 0 });
    expect((await fleet.call('GET', `/lifts/${registration(1)}`)).body).toMatchObject({
      firm: null,
      useKind: 'hospital',
      address: '沙河路1号',
      version: 2,
    });
    expect(await items(`/lifts/${registration(1)}/history`)).toMatchObject([{ firm: null }, { firm: 'f1' }]);
  });

  it('takes back its own export unchanged, formulas made inert', async () => {
    await fleet.call('POST', '/lifts', {
      ...{ registrationCode: 'T-1', district: '330922', address: '=1+1', site: '\'\'"a",b' },
    });
    for (const headings of ['zh', 'en']) {
      const file = String((await fleet.call('GET', `/exports/lifts?headings=${headings}`)).body.text);
      expect(file).toContain("'=1+1");
      expect(file).not.toMatch(/(^|,)"?[=@]/m);
      const { body } = await fleet.csv('lifts', file);
      expect(body).toMatchObject({ rows: 3, unchanged: 3, errors: [] });
    }
    const narrowed = String((await fleet.call('GET', '/exports/lifts?district=330922104')).body.text);
    expect(narrowed.trim().split('\r\n')).toHaveLength(2);
  });

  it('takes thousands of lifts in transactions of 500, twice the same', async () => {
    const lines = Array.from(
      { length: 2_000 },
      (_, n) => `${registration(n + 100)},330922,工农路${n}号,f2,u1`,
    );
    const file = `registrationCode,district,address,firm,user\n${lines.join('\n')}\n`;
    const events = await countEvents();
    expect((await fleet.csv('lifts', file)).body).toMatchObject({ registered: 2_000, refused: 0 });
    const told = await fleet.records.readEvents(events, 500);
    expect(told.map(({ type, firm, data }) => [type, firm, (data.lifts as string[]).length])).toEqual(
      Array.from({ length: 4 }, () => ['lift.registered', 'f2', 500]),
    );
    expect((await fleet.csv('lifts', file)).body).toMatchObject({ unchanged: 2_000, refused: 0 });
    expect(await countEvents()).toBe(events + 4);
    const periods = await fleet.records.db
      .selectFrom('lift_period')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('firm', '=', 'f2')
      .executeTakeFirstOrThrow();
    expect(periods.count).toBe(2_000);
  }, 60_000);

  it('answers the secrets of new terminals once, as CSV', async () => {
    const file = [
      '终端编号,协议,注册代码',
      `C1,native-v1,${registration(100)}`,
      `C2,jtc340,${registration(100)}`,
      'C3,telnet,',
      'C4,native-v1,',
    ].join('\n');
    const answer = await fleet.csv('terminals', file);
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = String(answer.body.text)
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
    expect(lines).toEqual([
      [...(lines[0] ?? [])],
      ['2', 'C1', 'registered', expect.stringMatching(/^[\w][\w-]{31}$/), '', '', ''],
      ['3', 'C2', 'refused', '', '注册代码', 'lift-taken', expect.any(String)],
      ['4', '', 'refused', '', '协议', 'invalid', expect.any(String), ...(lines[3]?.slice(7) ?? [])],
      ['5', 'C4', 'registered', expect.stringMatching(/^[\w][\w-]{31}$/), '', '', ''],
    ]);
    const again = String((await fleet.csv('terminals', file)).body.text);
    expect(again).toContain('2,C1,unchanged,,');
    const moved = `id,profile,lift\nC1,native-v1,${registration(101)}\nC4,native-v1,${registration(100)}\n`;
    const text = String((await fleet.csv('terminals', moved)).body.text);
    expect(text).toContain('2,C1,changed,,');
    expect(text).toContain('3,C4,changed,,');
    expect((await fleet.call('GET', `/lifts/${registration(100)}`)).body).toMatchObject({
      terminal: { id: 'C4' },
    });
  });
});
