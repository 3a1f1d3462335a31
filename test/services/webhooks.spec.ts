import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import pg from 'pg';
import { keyPairText, secretText, signedHeaders } from '../../libs/webhooks/sign.js';
import { alarmEvent, faultRaised, Inbox, WebhookRig } from '../../libs/webhooks/webhook-rig.fixture.js';
import { chaosWebhooks } from '../chaos/chaos-webhooks.js';
import { freePort, until } from '../harness/platform-process.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { PROJECT_ROOT } from '../harness/project-root.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.dispose(), 60_000);

async function twoRigs(name: string): Promise<readonly [WebhookRig, WebhookRig]> {
  const client = new pg.Client(server.url());
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const options = { databaseUrl: server.url(name), key: randomBytes(32) };
  const first = await WebhookRig.start(options);
  return [first, await WebhookRig.start(options)];
}

describe('two notifiers on one PostgreSQL', () => {
  it('share the work: every event once at each endpoint, numbers without a gap, limits kept over both', async () => {
    const rigs = await twoRigs('shared');
    const [one, two] = rigs;
    const inbox = await Inbox.open();
    let [atOnce, most] = [0, 0];
    inbox.reply = ({ path }, response) => {
      if (path !== '/narrow') {
        response.writeHead(204).end();
        return;
      }
      atOnce += 1;
      most = Math.max(most, atOnce);
      setTimeout(() => {
        atOnce -= 1;
        response.writeHead(204).end();
      }, 20);
    };
    await one.seedFleet();
    const key = await one.key({ role: 'firm', scope: { kind: 'firm', firm: 'firm-a' } });
    const make = (path: string, choices: object = {}) =>
      one.call(key, 'POST', '/webhooks', { label: path, url: `${inbox.url}${path}`, ...choices });
    await make('/wide', { ratePerSecond: 1_000, concurrency: 32 });
    await make('/narrow', { concurrency: 2, ratePerSecond: 1_000 });
    const count = 200;
    const write = async (rig: WebhookRig, from: number) => {
      for (let n = from; n < count; n += 2) await rig.append(faultRaised(`f-${n}`));
    };
    await Promise.all([write(one, 0), write(two, 1)]);
    await until(
      'all of them twice',
      () => inbox.at('/wide').length >= count && inbox.at('/narrow').length >= count,
      60_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const path of ['/wide', '/narrow']) {
      const ids = inbox.at(path).map(({ headers }) => headers['webhook-id']);
      expect([path, ids.length, new Set(ids).size]).toEqual([path, count, count]);
    }
    const numbers = inbox.at('/wide').map(({ body }) => JSON.parse(body).data.sequence as number);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(most).toBeLessThanOrEqual(2);
    await inbox.close();
    for (const rig of rigs) await rig.stop();
  }, 120_000);

  it('an alarm and a change of firm at once: whoever is first, the old firm gets nothing afterwards', async () => {
    const rigs = await twoRigs('moving');
    const [one, two] = rigs;
    const inbox = await Inbox.open();
    await one.seedFleet();
    const firms = ['firm-a', 'firm-b'];
    for (const firm of firms) {
      const key = await one.key({ role: 'firm', scope: { kind: 'firm', firm } });
      await one.call(key, 'POST', '/webhooks', { label: firm, url: `${inbox.url}/${firm}` });
    }
    for (let turn = 0; turn < 20; turn++) {
      const [from = '', to = ''] = turn % 2 === 0 ? firms : firms.toReversed();
      const moved = two.records.write(async (tx) => {
        await tx.updateTable('lift').set({ firm: to }).where('registration_code', '=', 'LIFT-A').execute();
        const data = { by: 'test', changes: { firm: { from, to } }, since: null };
        const changed = {
          type: 'lift.changed' as const,
          lift: 'LIFT-A',
          district: '330922104',
          firm: to,
          data,
        };
        return { result: performance.now(), events: [changed] };
      });
      await Promise.all([one.append(alarmEvent('alarm.raised', `a-${turn}`)), moved]);
      await until('the new firm to know', () =>
        inbox.at(`/${to}`).some(({ body }) => JSON.parse(body).data.alarmId === `a-${turn}`),
      );
    }
    // The firm in every body is the firm that got it: nobody reads of a lift while it is another's.
    for (const firm of firms) {
      const told = inbox.at(`/${firm}`).map(({ body }) => JSON.parse(body).data.lift.firm as string);
      expect([firm, told.filter((each) => each !== firm)]).toEqual([firm, []]);
    }
    await inbox.close();
    for (const rig of rigs) await rig.stop();
  }, 120_000);
});

describe('the receivers in docs/examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'receiver-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const example = (name: string) => join(PROJECT_ROOT, 'docs/examples', name);
  const inTypeScript = () => {
    const source = readFileSync(example('webhook-receiver.ts'), 'utf8');
    const { code } = transformSync(source, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } });
    writeFileSync(join(folder, 'receiver.mjs'), code);
    return [process.execPath, join(folder, 'receiver.mjs')] as const;
  };

  it.each([
    ['TypeScript', inTypeScript],
    ['Python', () => ['python3', example('webhook_receiver.py')] as const],
  ])(
    'in %s takes what we sign, once, and nothing else',
    async (_language, command) => {
      const [program, file] = command();
      const keys = { secret: secretText(randomBytes(32)), ...keyPairText(randomBytes(32)) };
      const port = await freePort();
      const env = { PATH: process.env.PATH, WEBHOOK_SECRET: keys.secret, PORT: String(port) };
      const child: ChildProcess = spawn(program, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout?.on('data', (piece: Buffer) => {
        output += piece.toString();
      });
      const body =
        '{"type":"fault.raised","data":{"lift":{"registrationCode":"L-1"},"sequence":17,"kind":"entrapment"}}';
      const seconds = Math.floor((performance.timeOrigin + performance.now()) / 1_000);
      const headers = (at: number) => signedHeaders('msg_1', at, body, [keys], ['v1', 'v1a']);
      const post = async (sent: Readonly<Record<string, string>>, text = body) => {
        const answer = await fetch(`http://127.0.0.1:${port}/`, {
          method: 'POST',
          headers: sent,
          body: text,
        });
        return answer.status;
      };
      await until('it to listen', () => post({}).catch(() => null), 20_000);
      const statuses = [
        await post(headers(seconds)),
        await post(headers(seconds)),
        await post(headers(seconds), body.replace('17', '18')),
        await post(headers(seconds - 301)),
        await post({ ...headers(seconds), 'webhook-id': 'msg_2' }),
      ];
      await until('its line', () => output.includes('fault.raised L-1 17 entrapment'), 5_000);
      child.kill('SIGKILL');
      expect(statuses).toEqual([204, 204, 401, 401, 401]);
      expect(output.split('fault.raised')).toHaveLength(2);
    },
    60_000,
  );
});

it('notifiers killed at random, endpoints that misbehave in every way: nothing lost, nothing astray', async () => {
  const seed = Number(process.env.SEED ?? 5);
  const result = await chaosWebhooks({ kills: 4, seed }, () => undefined);
  console.log(JSON.stringify(result));
  expect(result.wrong).toEqual([]);
  expect(result.events).toBeGreaterThan(50);
}, 400_000);
