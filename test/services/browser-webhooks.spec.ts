import type { MqttClient } from 'mqtt';
import type { Browser } from 'playwright-core';
import { CATALOGUES } from '../../apps/dashboard/src/i18n/translate.js';
import { ATTEMPT_OUTCOMES, CANCEL_REASONS } from '../../libs/webhooks/delivery-lifecycle.js';
import { URL_REFUSALS } from '../../libs/webhooks/endpoint-url.js';
import { WEBHOOK_TYPES } from '../../libs/webhooks/event-types.js';
import { wallClock } from '../../simulators/clock.js';
import { Rng } from '../../simulators/random.js';
import { type Arrival, WebhookInbox } from '../../simulators/receiver/inbox.js';
import { freePort, PlatformProcess, until } from '../harness/platform-process.js';
import { connect, NativeVoice, type Registered, register } from '../harness/test-terminal.js';
import { buildPage, DESK, openBrowser, Window } from './browser-rig.js';

const PHONE = { width: 390, height: 844 };
/** A window of 1280 × 720 at 200 % zoom. */
const ZOOMED = { width: 640, height: 360 };

let platform: PlatformProcess;
let browser: Browser;
let desk: Window;
let lift: Registered;
let client: MqttClient;
let good: WebhookInbox;
let bad: WebhookInbox;
let secret = '';
const arrived: Arrival[] = [];
const voice = new NativeVoice('boot');

/** A receiver that verifies by the secret shown on the page; `failing` answers 500 to everything. */
function openInbox(key: string, port: number, failing: boolean): Promise<WebhookInbox> {
  const manners = { fail: failing ? { status: 500, share: 1 } : null, slowMs: 0, goneFrom: null };
  const onArrival = (arrival: Arrival) => arrived.push(arrival);
  return WebhookInbox.open(
    { key, manners, rng: new Rng(1, 'inbox'), clock: wallClock, onArrival },
    port,
    '127.0.0.1',
  );
}

/** What has no time limit of its own, with one that names it. */
async function within<T>(what: string, work: Promise<T>, timeoutMs = 20_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** No dialog is fading in or out: what is half there has no contrast. */
const STILL = `document.getAnimations().every((one) => one.effect.getComputedTiming().iterations === Infinity)`;

async function axe(): Promise<readonly string[]> {
  await until('dialogs to stand still', () => within('a look at them', desk.page.evaluate<boolean>(STILL)));
  return within('axe', desk.axe());
}

/** Makes an endpoint by the page, and answers the secret that it shows once. */
async function makeByPage(label: string, url: string): Promise<string> {
  const { page } = desk;
  await desk.go('#/webhooks');
  await page.getByRole('button', { name: '新建接收端' }).click();
  await page.getByLabel('名称').fill(label);
  await page.getByLabel('接收地址（URL）').fill(url);
  await page.getByRole('button', { name: '创建' }).click();
  const shown = await page.getByRole('textbox', { name: '密钥' }).inputValue();
  expect(await axe()).toEqual([]);
  await desk.picture('webhook-secret');
  await page.getByLabel('我已保存密钥').check();
  await page.getByRole('button', { name: '完成' }).click();
  await page.getByRole('heading', { level: 1, name: label }).waitFor();
  return shown;
}

function ofType(type: string): readonly Arrival[] {
  return arrived.filter(({ body }) => (JSON.parse(body) as { type: string }).type === type);
}

beforeAll(async () => {
  [platform] = await Promise.all([PlatformProcess.create({ WEBHOOK_ALLOW: '127.0.0.1' }), buildPage()]);
  [browser] = await Promise.all([openBrowser(), platform.start()]);
  lift = await register(platform, '8001');
  client = await connect(platform, lift);
  desk = await Window.open(browser, platform.url);
  desk.page.setDefaultTimeout(15_000);
  await desk.signIn(platform.adminKey);
}, 120_000);

afterAll(async () => {
  client?.end(true);
  const closing = { browser: browser?.close(), good: good?.close(), bad: bad?.close() };
  const ended = Object.entries(closing).map(([name, work]) =>
    within(`the end of ${name}`, Promise.resolve(work)),
  );
  const results = await Promise.allSettled(ended);
  await platform?.dispose();
  expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
});

describe('the webhooks page', () => {
  it('has a name for every type, reason and refusal of the server, in both languages', () => {
    const reasons = [...ATTEMPT_OUTCOMES, ...CANCEL_REASONS, 'queued', 'redelivery', 'answered-2xx'];
    const states = ['attempts-exhausted', 'failing-five-days', 'queue-full', 'by-person', 'created'];
    const wanted = [
      ...WEBHOOK_TYPES.map((type) => `hookType.${type}`),
      ...[...reasons, ...states].map((reason) => `hookReason.${reason}`),
      ...Object.keys(URL_REFUSALS).map((refusal) => `hookUrl.${refusal}`),
    ];
    for (const catalogue of Object.values(CATALOGUES)) {
      expect(wanted.filter((key) => !Object.hasOwn(catalogue, key))).toEqual([]);
    }
  });

  it("says why a URL is refused, in the reader's language", async () => {
    const { page } = desk;
    await desk.go('#/webhooks');
    await desk.sees('还没有接收端');
    expect(await axe()).toEqual([]);
    await page.getByRole('button', { name: '新建接收端' }).click();
    await page.getByLabel('名称').fill('内网');
    await page.getByLabel('接收地址（URL）').fill('https://10.1.2.3/hook');
    await page.getByRole('button', { name: '创建' }).click();
    await desk.sees('地址不可用：指向内网地址');
    expect(await axe()).toEqual([]);
    await desk.picture('webhook-refused');
    await page.getByRole('button', { name: '取消' }).click();
  });

  it('shows a secret once, and a test that arrives verified by it', async () => {
    const port = await freePort();
    secret = await makeByPage('工单系统', `http://127.0.0.1:${port}/hook`);
    expect(secret).toMatch(/^whsec_/);
    good = await openInbox(secret, port, false);
    await desk.page.reload();
    await desk.page.getByRole('heading', { level: 1, name: '工单系统' }).waitFor();
    expect(await desk.page.content()).not.toContain(secret);
    await desk.page.getByRole('button', { name: '发送测试' }).click();
    await desk.sees('已送达，接收端已接受');
    expect(ofType('webhook.test')).toMatchObject([{ verdict: { ok: true }, status: 204 }]);
    await desk.page.getByText('HTTP 204').first().waitFor();
    expect(await axe()).toEqual([]);
    await desk.picture('webhook-test');
    await desk.page.keyboard.press('Escape');
    await desk.page.getByRole('row', { name: /测试.*已送达/ }).waitFor();
  });

  it('shows a failing endpoint with what it answered, and delivers again once it is mended', async () => {
    const port = await freePort();
    const key = await makeByPage('坏掉的接收端', `http://127.0.0.1:${port}/hook`);
    bad = await openInbox(key, port, true);
    await client.publishAsync(
      `lift/v1/${lift.id}/event`,
      JSON.stringify(voice.event('mains-lost', 'raised')),
      { qos: 1 },
    );
    const row = desk.page.getByRole('row', { name: /故障发生/ });
    await until('a failed attempt', () => ofType('fault.raised').some(({ status }) => status === 500));
    await until('the row', async () => {
      await desk.page.getByRole('button', { name: '刷新' }).click();
      return (await row.filter({ hasText: '接收端返回错误' }).count()) > 0;
    });
    await row.getByRole('link', { name: lift.lift }).waitFor();
    await row.getByRole('button', { name: /查看/ }).click();
    await desk.page.getByText('接收端的应答（原文）').first().waitFor();
    await desk.page.getByText('500 Internal Server Error').first().waitFor();
    expect(await axe()).toEqual([]);
    await desk.picture('webhook-failing');
    await desk.page.keyboard.press('Escape');
    await desk.page.reload();
    await desk.sees('没有一次投递成功');

    // Mended: another receiver at the same place. What waits for its retry is cancelled and sent anew.
    await desk.page.getByRole('button', { name: '暂停…' }).click();
    await desk.page.getByRole('button', { name: '暂停', exact: true }).click();
    await desk.page.getByRole('row', { name: /故障发生.*已取消/ }).waitFor();
    await bad.close();
    bad = await openInbox(key, port, false);
    await desk.page.getByRole('button', { name: '启用', exact: true }).click();
    await desk.page.getByRole('button', { name: '暂停…' }).waitFor();
    const before = ofType('fault.raised').length;
    await desk.page
      .getByRole('row', { name: /故障发生/ })
      .getByRole('button', { name: /查看/ })
      .click();
    await desk.page.getByRole('button', { name: '重新投递', exact: true }).click();
    await desk.sees('已送达，接收端已接受');
    expect(ofType('fault.raised').slice(before)).toMatchObject([{ verdict: { ok: true }, status: 204 }]);
    await desk.page.keyboard.press('Escape');
    await desk.page.getByRole('row', { name: /故障发生.*已送达/ }).waitFor();
  });

  it('delivers a range of time again', async () => {
    const before = ofType('fault.raised').length;
    await desk.page.getByRole('button', { name: '按时间段重新投递' }).click();
    const dialog = desk.page.getByRole('dialog', { name: '按时间段重新投递' });
    for (const state of ['已放弃', '已取消']) await dialog.getByLabel(state).uncheck();
    await dialog.getByRole('button', { name: '重新投递', exact: true }).click();
    await desk.sees(CATALOGUES['zh-CN']['hook.stateMissing']);
    await dialog.getByLabel('已送达').check();
    expect(await axe()).toEqual([]);
    await desk.picture('webhook-range');
    await dialog.getByRole('button', { name: '重新投递', exact: true }).click();
    await desk.page.getByText(/已有 \d+ 条重新排队/).waitFor();
    await until('the delivery again', () => ofType('fault.raised').length > before);
    await dialog.getByRole('button', { name: '完成' }).click();
    await dialog.waitFor({ state: 'detached' });

    const untilField = desk.page.getByRole('search').getByLabel('到', { exact: true });
    await untilField.fill('2020-01-01T00:00');
    await desk.sees(CATALOGUES['zh-CN']['hook.noDeliveries']);
    await untilField.fill('2099-01-01T00:00');
    await desk.page.getByRole('row', { name: /故障发生/ }).waitFor();
    await untilField.fill('');
  });

  it('says that an endpoint was disabled and why, where its alarm leads', async () => {
    const { port } = bad;
    await bad.close();
    const manners = { fail: null, slowMs: 0, goneFrom: 1 };
    const parts = { rng: new Rng(1, 'gone'), clock: wallClock, onArrival: () => undefined };
    bad = await WebhookInbox.open({ key: secret, manners, ...parts }, port, '127.0.0.1');
    await desk.page.getByRole('button', { name: '发送测试' }).click();
    await desk.sees('接收端声明已停用（410）');
    await desk.go('#/alarms');
    await desk.page.getByRole('link', { name: `127.0.0.1:${port}` }).click();
    await desk.page.getByRole('heading', { level: 1, name: '坏掉的接收端' }).waitFor();
    await desk.sees('起已停用，原因：接收端声明已停用（410）');
    expect(await axe()).toEqual([]);
    await desk.picture('webhook-disabled');
  });

  it('saves over what somebody else changed only after saying so, and keeps their change', async () => {
    const { page } = desk;
    const endpoints = await platform.list<{ id: string; label: string }>('/webhooks');
    const endpoint = endpoints.find(({ label }) => label === '工单系统');
    if (endpoint === undefined) throw new Error(`no 工单系统 among ${JSON.stringify(endpoints)}`);
    await desk.go(`#/webhooks/${endpoint.id}`);
    await page.getByRole('heading', { level: 1, name: endpoint.label }).waitFor();
    await page.getByRole('button', { name: '修改…' }).click();
    await page.getByLabel('名称').fill('改名后');
    await platform.api('PATCH', `/webhooks/${endpoint.id}`, { ratePerSecond: 7 });
    await page.getByRole('button', { name: '保存' }).click();
    await desk.sees('别人修改了这个接收端');
    await desk.sees('对方修改了：每秒投递数');
    expect(await axe()).toEqual([]);
    await desk.picture('webhook-conflict');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { level: 1, name: '改名后' }).waitFor();
    const now = await platform.api('GET', `/webhooks/${endpoint.id}`);
    expect(now).toMatchObject({ label: '改名后', ratePerSecond: 7 });
  });

  it('replaces a secret, saying until when the old one holds', async () => {
    const { page } = desk;
    await page.getByRole('button', { name: '更换密钥…' }).click();
    await page.getByRole('button', { name: '更换密钥', exact: true }).click();
    await desk.sees('旧密钥有效至');
    const fresh = await page.getByRole('textbox', { name: '密钥' }).inputValue();
    expect(fresh).toMatch(/^whsec_/);
    expect(fresh).not.toBe(secret);
    await page.getByLabel('我已保存密钥').check();
    await page.getByRole('button', { name: '完成' }).click();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: '改名后' }).waitFor();
    await page.getByRole('term').filter({ hasText: '旧密钥' }).waitFor();
    await desk.sees('有效至');
  });

  it.each([
    ['phone', PHONE],
    ['zoomed', ZOOMED],
  ])('fits a %s', async (name, size) => {
    await desk.page.setViewportSize(size);
    await desk.go('#/webhooks');
    await desk.page.getByRole('link', { name: '坏掉的接收端' }).waitFor();
    expect(await desk.overflow()).toBeLessThanOrEqual(0);
    expect(await axe()).toEqual([]);
    await desk.picture(`webhooks-${name}`);
    await desk.page.getByRole('link', { name: '坏掉的接收端' }).press('Enter');
    await desk.page
      .getByRole('row', { name: /故障发生/ })
      .first()
      .waitFor();
    expect(await desk.overflow()).toBeLessThanOrEqual(0);
    expect(await axe()).toEqual([]);
    await desk.picture(`webhook-${name}`);
  });

  it('deletes after asking, and says in English that there is none left', async () => {
    await desk.page.getByText('English').click();
    for (const [name, size] of Object.entries({ phone: PHONE, desk: DESK })) {
      await desk.page.setViewportSize(size);
      await desk.page.getByRole('heading', { level: 2, name: 'Deliveries' }).waitFor();
      expect([name, await desk.overflow()]).toEqual([name, 0]);
      expect([name, ...(await axe())]).toEqual([name]);
      await desk.picture(`webhook-english-${name}`);
    }
    await desk.page.getByRole('button', { name: 'Delete…' }).click();
    await desk.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await desk.page.locator('.ant-modal-confirm').waitFor({ state: 'detached' });
    await desk.page.getByRole('row', { name: /改名后/ }).waitFor();
    expect(await platform.list('/webhooks')).toHaveLength(1);
    expect(await axe()).toEqual([]);
    await desk.picture('webhooks-english');
    const broken = desk.complaints.filter((text) => /Content.Security|Error:/i.test(text));
    expect(broken).toEqual([]);
  });
});
