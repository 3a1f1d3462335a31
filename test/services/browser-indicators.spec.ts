import type { Browser } from 'playwright-core';
import { calendarPeriod, shanghaiDay } from '#domain';
import { PlatformProcess, until } from '../harness/platform-process.js';
import { connect, NativeVoice } from '../harness/test-terminal.js';
import { buildPage, makeKey, openBrowser, Window } from './browser-rig.js';

/** Jinan 96333 (DOMAIN §2): 234 lifts, 10 entrapments, 4.27 % in all. */
const LIFTS = 234;
const ENTRAPMENTS = 10;
const TOTAL = '4.27 %';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const PHONE = { width: 390, height: 844 };
/** A window of 1280 × 720 at 200 % zoom. */
const ZOOMED = { width: 640, height: 360 };

/** The lift whose terminal reports what is judged false, and one that is trapped in again. */
const FAKED = 30;
const REPEATED = 0;

const SCOPE = 'scope=county:500231';
const TOTAL_RATE = 'indicator=entrapment-rate-total';

let platform: PlatformProcess;
let browser: Browser;
let desk: Window;
let firm: Window;
/** The month of the orders, in China: they were called a moment ago. */
let period: string;
/** A month before it, in which one lift trapped people twice. */
let earlierPeriod: string;
/** Not so in the first hour of a day in China. */
let calledOnDayOfRegistration: boolean;

const lift = (n: number) => `3110500231202001${String(n + 1).padStart(4, '0')}`;

async function importText(path: string, text: string): Promise<void> {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.adminKey}`, 'content-type': 'text/csv' },
    body: text,
  });
  const report = (await response.json()) as { readonly refused?: number };
  if (!response.ok || report.refused !== 0) throw new Error(`${path}: ${JSON.stringify(report)}`);
}

/** A county with two firms, its lifts and a month's orders: what was trapped, and what counts in no rate. */
async function fillCounty(): Promise<void> {
  const api = (method: string, path: string, body: unknown) => platform.api(method, path, body);
  await api('POST', '/districts', { code: '500231', name: '垫江县' });
  await api('POST', '/firms', { id: 'f1', name: '华升电梯' });
  await api('POST', '/firms', { id: 'f2', name: '蓝天电梯' });
  const lifts = Array.from(
    { length: LIFTS },
    (_, n) => `${lift(n)},500231,工农路${n}号,阳光花园,f${1 + (n % 2)}`,
  );
  await importText('/imports/lifts', `注册代码,行政区划代码,地址,小区,维保单位\n${lifts.join('\n')}\n`);
  await api('PUT', '/districts/500231/policies', { profile: 'dianjiang-2021', fromOn: '2021-01-01' });
  // Before the first of a month the orders of an hour ago belong to the month before; so does the page.
  const calledAt = Date.now() - 60 * MINUTE_MS;
  calledOnDayOfRegistration = shanghaiDay(calledAt) === shanghaiDay(Date.now());
  period = calendarPeriod('month', calledAt).label;
  const at = (minutes: number) => new Date(calledAt + minutes * MINUTE_MS).toISOString();
  const order = (number: string, n: number, kind: string) =>
    `${number},${lift(n)},${kind},${at(0)},${at(1)},${at(13)},${at(18)},${at(40)}`;
  const orders = [
    ...Array.from({ length: ENTRAPMENTS }, (_, n) => order(`KR${n}`, n, '困人')),
    order('ZX1', 20, '自行脱困'),
    order('WB1', 21, '误报'),
  ];
  const heads = '工单号,注册代码,工单类型,报警时间,响应时间,到场时间,解救时间,办结时间';
  await importText('/books/orders/import', `${heads}\n${orders.join('\n')}\n`);
  await until('the figures of the orders', async () => {
    const page = await platform.api<{ figures: { indicator: string; official: { numerator: number } }[] }>(
      'GET',
      `/indicators?${SCOPE}&period=${period}`,
    );
    const total = page.figures.find(({ indicator }) => indicator === 'entrapment-rate-total');
    return total?.official.numerator === ENTRAPMENTS;
  });
}

/** A terminal's overspeed that people found to be none, and two entrapments of one lift in an earlier month. */
async function addBadPractice(): Promise<void> {
  const { secret } = await platform.api<{ secret: string }>('POST', '/terminals', {
    id: 'T1',
    profile: 'native-v1',
    lift: lift(FAKED),
  });
  const client = await connect(platform, { id: 'T1', secret });
  const voice = new NativeVoice('boot');
  for (const state of ['raised', 'cleared'] as const) {
    const event = JSON.stringify(voice.event('overspeed', state));
    await client.publishAsync('lift/v1/T1/event', event, { qos: 1 });
  }
  await client.endAsync();
  const fault = await until('the fault', async () => {
    const [found] = await platform.list<{ id: string }>(`/faults?lift=${lift(FAKED)}&state=cleared`);
    return found;
  });
  await platform.api('POST', `/faults/${fault.id}/judgement`, { verdict: 'false', reason: '现场无故障' });
  const earlier = Date.now() - 40 * DAY_MS;
  earlierPeriod = calendarPeriod('month', earlier).label;
  const items = ['KRX1', 'KRX2'].map((number, index) => ({
    number,
    lift: lift(REPEATED),
    kind: 'entrapment',
    calledAt: new Date(earlier + index * MINUTE_MS).toISOString(),
  }));
  await platform.api('POST', '/books/orders', { items });
}

/** The row of the table, or its card, in which `text` stands. */
function row(window: Window, text: string | RegExp) {
  return window.page.locator('.list tbody tr').filter({ hasText: text });
}

beforeAll(async () => {
  [platform] = await Promise.all([PlatformProcess.create(), buildPage()]);
  [browser] = await Promise.all([openBrowser(), platform.start()]);
  await fillCounty();
  await addBadPractice();
  desk = await Window.open(browser, platform.url);
  await desk.signIn(await makeKey(platform, '监管员 李强', 'regulator'));
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await platform?.dispose();
});

describe('the page of the indicators', () => {
  it('shows the published figure from imported orders, its parts and its formula', async () => {
    await desk.page.getByRole('link', { name: '指标', exact: true }).click();
    await desk.page.getByRole('heading', { name: /指标.*垫江县/ }).waitFor();
    await desk.go(`#/indicators?${SCOPE}&period=${period}`);
    const total = row(desk, '总困人率').first();
    await total.getByText(TOTAL).first().waitFor();
    expect(await total.textContent()).toContain(`${ENTRAPMENTS} ÷ ${LIFTS}`);
    expect(await total.textContent()).toContain('困人工单 ÷ 期末电梯数 × 100');
    expect(await desk.axe()).toEqual([]);
    await desk.picture('indicators');
  });

  it('stands the plan’s words beside the figures, with a verdict or why there is none', async () => {
    await desk.page.getByRole('heading', { name: /安全乘梯守护行动/ }).waitFor();
    const rate = row(desk, '月均困人率').first();
    expect(await rate.textContent()).toMatch(/< 0\.5 %\/月[\s\S]*故障困人率 < 0\.5 %[\s\S]*未达标/);
    const arrival = row(desk, '平均到达时间').first();
    expect(await arrival.textContent()).toMatch(/13\.0 分钟[\s\S]*样本太小[\s\S]*未判定/);
    await rate.getByRole('link', { name: '查看告警' }).waitFor();
    await rate.getByRole('img').waitFor();
  });

  it('goes down to the rows of the numerator and the denominator, and on to a lift', async () => {
    await desk.go(`#/indicators?${SCOPE}&period=${period}&${TOTAL_RATE}`);
    await desk.page.locator('.reading-value').first().waitFor();
    expect(await desk.page.locator('.reading-value').first().textContent()).toBe(TOTAL);
    await desk.page.locator('.chart canvas').first().waitFor();
    await row(desk, 'KR9').waitFor();
    const rows = desk.page.getByRole('table', { name: '背后的行' }).locator('tbody tr');
    expect(await rows.count()).toBe(ENTRAPMENTS);
    expect(await row(desk, 'KR3').textContent()).toMatch(/13 分钟到达[\s\S]*5 分钟解救/);
    expect(await row(desk, /ZX1|WB1/).count()).toBe(0);
    expect(await desk.axe()).toEqual([]);
    await desk.picture('indicator-detail');

    await desk.page.getByText('分母: 期末电梯数').click();
    await desk.page.getByText('电梯在册时间').first().waitFor();
    expect(await rows.count()).toBe(50);
    await desk.page.getByRole('button', { name: '显示更多' }).click();
    await until('the next page of rows', async () => (await rows.count()) === 100);
    await rows.first().getByRole('link').click();
    await desk.page.locator('.workplace-lift').waitFor();
    await desk.page.goBack();
    await desk.page.locator('.workplace-indicators').waitFor();
  });

  it('is led to by the alarm of a missed target, and leads back to it', async () => {
    await desk.go('#/alarms?kind=indicator-breached');
    const alarm = desk.page.locator('.table-row, .card').filter({ hasText: '月均困人率' });
    await alarm.getByRole('link').last().click();
    await desk.page.getByRole('heading', { name: '月均困人率' }).waitFor();
    await row(desk, 'KR9').waitFor();
    await desk.go(`#/indicators?${SCOPE}&period=${period}`);
    await row(desk, '月均困人率').first().getByRole('link', { name: '查看告警' }).click();
    await alarm.waitFor();
  });

  it('makes a rule, tests it over the past before, shows where it is broken, and disables it', async () => {
    await desk.go(`#/indicators?tab=rules&${SCOPE}`);
    await desk.page.getByLabel('名称').fill('firm-total');
    await desk.page.getByLabel('阈值').fill('0.1');
    await desk.page.getByRole('button', { name: '开始回测' }).click();
    // On the day before its lift was registered an order had no exposure to be a rate of.
    const said = calledOnDayOfRegistration ? /会引发 [1-9]\d* 次告警/ : /会引发 0 次告警/;
    await desk.page.getByText(said).waitFor({ timeout: 30_000 });
    await desk.page.getByRole('button', { name: '建立规则' }).click();
    const rule = row(desk, 'firm-total');
    await rule.waitFor();
    await until('the rule to be broken', async () => {
      const states = await platform.list<{ state: string }>('/rules/firm-total/states');
      return states.some(({ state }) => state === 'breached');
    });
    await rule.locator('summary').click();
    await rule.getByText('华升电梯').first().waitFor();
    expect(await desk.axe()).toEqual([]);
    await desk.picture('indicator-rules');
    await rule.getByRole('button', { name: '停用' }).click();
    await desk.page.locator('.ant-popover').getByRole('button', { name: '停用' }).click();
    await rule.getByText('已停用').waitFor();
  });

  it('shows signs of bad practice of the district, by kind, down to the rows behind them', async () => {
    await desk.go(`#/indicators?${SCOPE}&period=${period}`);
    await desk.page.getByRole('link', { name: '疑似违规' }).click();
    await desk.page.getByText('没有发现这类线索').waitFor();
    await desk.page.getByRole('combobox', { name: '线索种类' }).press('Enter');
    await desk.page.locator('.ant-select-item').getByText('无故障报故障').click();
    // While it closes, the list that screen readers are given has lost its name.
    await desk.page.locator('.ant-select-dropdown').waitFor({ state: 'hidden' });
    const found = row(desk, lift(FAKED));
    await found.getByText('1', { exact: true }).waitFor();
    await found.locator('summary').click();
    await found.getByText('超速').waitFor();
    expect(await found.textContent()).toContain('华升电梯');
    expect(await desk.axe()).toEqual([]);
    await desk.picture('indicator-findings');
    // Another district has none of it, nor may anybody look who watches no firms.
    await desk.go(`#/indicators?tab=findings&finding=faked-faults&scope=firm:f2&period=${period}`);
    await desk.page.getByText('没有发现这类线索').waitFor();
    const repeats = `tab=findings&finding=repeat-entrapments-month&${SCOPE}`;
    await desk.go(`#/indicators?${repeats}&period=${earlierPeriod}`);
    const repeated = row(desk, lift(REPEATED));
    await repeated.locator('summary').click();
    await repeated.getByText('KRX1', { exact: true }).waitFor();
    await repeated.getByRole('link', { name: '到指标中查看这些行' }).click();
    await row(desk, 'KRX2').waitFor();
    expect(await row(desk, /KR/).count()).toBe(2);
  });

  it('ranks the firms of the district', async () => {
    await desk.go(`#/indicators?tab=ranking&${SCOPE}&period=${period}&ranked=entrapment-rate-total`);
    await row(desk, '华升电梯').getByText('5 ÷ 117').waitFor();
    expect(await row(desk, /电梯 · 垫江县/).count()).toBe(2);
    await desk.picture('indicator-ranking');
  });

  it('shows a firm its own, and of a scope that is not its own no figure', async () => {
    const { key } = await platform.api<{ key: string }>('POST', '/keys', {
      label: '华升电梯',
      role: 'firm',
      scope: { kind: 'firm', firm: 'f1' },
    });
    firm = await Window.open(browser, platform.url);
    await firm.signIn(key);
    await firm.go(`#/indicators?period=${period}`);
    await firm.page.getByRole('heading', { name: /华升电梯/ }).waitFor();
    await row(firm, '总困人率').first().getByText('5 ÷ 117').first().waitFor();
    for (const name of ['规则与方案', '疑似违规'])
      expect(await firm.page.getByRole('link', { name }).count()).toBe(0);
    await firm.go(`#/indicators?${SCOPE}&period=${period}`);
    await firm.page.getByRole('alert').waitFor();
    expect(await firm.page.locator('.list').count()).toBe(0);
  });

  it.each([
    ['phone', PHONE],
    ['zoomed', ZOOMED],
  ])('fits a %s', async (name, size) => {
    await desk.page.setViewportSize(size);
    for (const [view, search] of [
      ['figures', `${SCOPE}&period=${period}`],
      ['detail', `${SCOPE}&period=${period}&${TOTAL_RATE}`],
      ['ranking', `tab=ranking&${SCOPE}&period=${period}`],
      ['findings', `tab=findings&finding=faked-faults&${SCOPE}&period=${period}`],
      ['rules', `tab=rules&${SCOPE}`],
    ]) {
      await desk.go(`#/indicators?${search}`);
      await desk.page.locator('.list tbody tr:visible').first().waitFor();
      expect(await desk.overflow()).toBeLessThanOrEqual(0);
      if (name === 'phone') expect(await desk.axe()).toEqual([]);
      await desk.picture(`indicators-${view}-${name}`);
    }
  });

  it('speaks English, and says when the records are gone', async () => {
    await desk.page.setViewportSize({ width: 1440, height: 900 });
    await desk.go(`#/indicators?${SCOPE}&period=${period}`);
    await desk.page.getByText('English').click();
    await desk.page
      .getByText('entrapment orders ÷ lifts at the period’s end × 100', { exact: true })
      .waitFor();
    expect(await desk.axe()).toEqual([]);
    await desk.picture('indicators-english');
    await platform.kill();
    await desk.page.getByRole('button', { name: 'Refresh' }).click();
    await desk.page
      .getByRole('alert')
      .filter({ hasText: /reach|server/i })
      .first()
      .waitFor();
    // What was read stays in sight.
    expect(await row(desk, 'Entrapment rate, total').first().textContent()).toContain(TOTAL);
    const broken = [...desk.complaints, ...firm.complaints].filter((text) =>
      /Content.Security|Error:/i.test(text),
    );
    expect(broken).toEqual([]);
  });
});
