import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformProcess, runBuilt, until } from '../harness/platform-process.js';
import { connect, type Registered, register } from '../harness/test-terminal.js';

const CAPTURE = join(import.meta.dirname, 'testdata/jtc340.jsonl');
const MESSAGES = 35;

interface FaultItem {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly code: string;
  readonly attachments: number;
}

let platform: PlatformProcess;
let terminal: Registered;

beforeAll(async () => {
  platform = await PlatformProcess.create();
  await platform.start();
  terminal = await register(platform, '6001', 'jtc340');
}, 90_000);
afterAll(() => platform.dispose());

/** Writes the fleet file that `fleet generate` would have written. */
function fleetFile({ id, secret, lift }: Registered): string {
  const file = join(platform.dataDir, `fleet-${id}.json`);
  const entry = {
    id,
    secret,
    profile: 'jtc340',
    lift,
    rescueCode: '316001',
    district: '500231',
    address: '桂溪',
    floors: ['-1', '1', '2'],
  };
  writeFileSync(
    file,
    JSON.stringify({ version: 1, generatedAt: new Date(0).toISOString(), terminals: [entry] }),
  );
  return file;
}

/** Runs `sim replay` as a terminal. Answers what it printed, line by line. */
async function replay(
  as: Registered,
  capture: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  const command = ['simulators/main.js', 'replay', capture, '--fleet', fleetFile(as)];
  const where = ['--url', platform.mqttUrl, '--as', as.id];
  const ended = await runBuilt([...command, ...where, ...options], env);
  expect(ended.stderr).toBe('');
  return { code: ended.code, lines: ended.stdout.trim().split('\n') };
}

/** Waits until every reader of the journal has committed all there is. */
async function settled(messages: number): Promise<void> {
  await until(
    'all messages',
    async () => (await platform.metric('liftwarden_ingest_messages_total')) === messages,
  );
  await until(
    'the readers',
    async () => (await platform.metric('liftwarden_journal_reader_lag_entries')) === 0,
  );
}

describe("a real terminal's messages, replayed by the simulator over MQTT", () => {
  it('are all used: 9 errors raised and cleared, one entrapment, 4 self-faults open', async () => {
    const { code, lines } = await replay(terminal, CAPTURE, ['--speed', 'max']);
    expect([code, lines.at(-1)]).toEqual([0, '35 messages: 35 acknowledged, 35 answered']);
    expect(lines.filter((line) => line.includes('answered Code: 200 after'))).toHaveLength(MESSAGES);
    await settled(MESSAGES);

    const faults = await platform.list<FaultItem>(`/faults?lift=${terminal.lift}`);
    const errors = faults.filter(({ code }) => code.startsWith('Error/'));
    expect(errors.map(({ kind }) => kind).sort()).toEqual(
      [
        'door-close-failed',
        'door-cycling',
        'door-open-failed',
        'mains-lost',
        'moving-with-door-open',
        'overtravel-bottom',
        'overtravel-top',
        'stopped-outside-zone',
        'unintended-movement',
      ].sort(),
    );
    expect(errors.every(({ state }) => state === 'cleared')).toBe(true);
    expect(
      faults
        .filter(({ code }) => code.startsWith('Alarm/'))
        .map(({ kind, state }) => `${kind} ${state}`)
        .sort(),
    ).toEqual(['door-cycling cleared', 'door-held cleared']);
    expect(faults.filter(({ kind }) => kind.startsWith('terminal-')).map(({ state }) => state)).toEqual(
      Array(4).fill('open'),
    );
    expect(faults.filter(({ kind }) => kind === 'entrapment')).toMatchObject([
      { state: 'cleared', attachments: 2 },
    ]);
    expect(faults).toHaveLength(16);
    expect(await platform.list('/quarantine')).toEqual([]);
  });

  it('leave the same faults and alarms at another speed, and the replay says what each came to', async () => {
    const slower = await register(platform, '6003', 'jtc340');
    const key = { LIFTWARDEN_KEY: platform.adminKey };
    const { code, lines } = await replay(slower, CAPTURE, ['--speed', '40', '--api', platform.url], key);
    const summary =
      '35 messages: 35 acknowledged, 35 answered, 0 quarantined; ' +
      'faults 16 raised, 12 cleared, 4 open; alarms 16';
    expect([code, lines.at(-1)]).toEqual([0, summary]);
    const told = lines.slice(0, MESSAGES).map((line) => line.split(' | ').at(-1) ?? '');
    expect(told.slice(0, 2)).toEqual([
      'fault raised: unintended-movement (Error/1001)',
      'fault raised: moving-with-door-open (Error/1002)',
    ]);
    expect(told.slice(18, 24)).toEqual([
      'fault raised: entrapment (Lock/1)',
      'attached to the open fault: entrapment (Lock/1)',
      'attached to the open fault: entrapment (Lock/1)',
      'nothing changed: entrapment (Lock/1) stays open',
      'nothing changed: entrapment (Lock/1) stays open',
      'fault cleared: entrapment (Lock/1)',
    ]);
    expect(told.slice(32)).toEqual([
      'sample: the live state of the lift',
      'statistics stored: of the period from 2023-12-31T16:00:00.000Z',
      'time request: the answer tells the time',
    ]);
    expect(lines.some((line) => line.includes('1 readings stored, 1 periods of statistics'))).toBe(true);
    await settled(2 * MESSAGES);
    const left = async ({ lift }: Registered) => {
      const faults = await platform.list<FaultItem & { clearReason: string }>(`/faults?lift=${lift}`);
      const alarms = await platform.list<{ kind: string; state: string; attachments: number }>(
        `/alarms?lift=${lift}`,
      );
      return {
        faults: faults
          .map((each) => `${each.code} ${each.kind} ${each.state} ${each.clearReason} ${each.attachments}`)
          .sort(),
        alarms: alarms.map((each) => `${each.kind} ${each.state} ${each.attachments}`).sort(),
      };
    };
    expect(await left(slower)).toEqual(await left(terminal));
    expect((await left(slower)).alarms).toContain('entrapment cleared-unconfirmed 2');
  }, 60_000);

  it('count the day for the lift', async () => {
    const days = await platform.list(`/lifts/${terminal.lift}/statistics`);
    expect(days).toMatchObject([
      {
        terminal: terminal.id,
        profile: 'jtc340',
        periodStart: '2023-12-31T16:00:00.000Z',
        periodEnd: '2024-01-01T16:00:00.000Z',
        runs: 73,
        runMinutes: 61,
        runMetres: 410,
        doorCycles: 88,
        raw: { RunMileage: 40 },
      },
    ]);
  });

  it('the entrapment is one alarm, cleared, and waits for a person to confirm', async () => {
    const alarms = await until('the alarm', async () => {
      const found = await platform.list<{ id: string; state: string; attachments: number }>(
        `/alarms?lift=${terminal.lift}&kind=entrapment`,
      );
      return found[0]?.state === 'cleared-unconfirmed' && found;
    });
    expect(alarms).toHaveLength(1);
    const [alarm] = alarms;
    const closed = await platform.api<{ state: string; closedBy: string }>(
      'POST',
      `/alarms/${alarm?.id}/close`,
      {
        note: 'two people freed at floor 3, unhurt',
      },
    );
    expect(closed.state).toBe('closed');
    expect(closed.closedBy).toContain('first admin key');
  });

  it('the live state is on the lift', async () => {
    const { live } = await platform.api<{ live: Record<string, unknown> }>('GET', `/lifts/${terminal.lift}`);
    expect(live).toMatchObject({
      floor: '-2B',
      occupied: true,
      direction: 'up',
      moving: true,
      terminal: terminal.id,
    });
  });
});

describe('a replay of what cannot be used', () => {
  it('says why each message went to quarantine, is answered all the same, and ends well', async () => {
    const odd = await register(platform, '6004', 'jtc340');
    const file = join(platform.dataDir, 'odd.jsonl');
    const topicOf = (name: string) => `/device/JTC340/934000000000001/thing/event/${name}/post/`;
    const captured = [
      { topic: topicOf('ErrorEvent'), payload: '{"Version":' },
      { topic: topicOf('NeverSeen'), payload: { Version: 1 } },
      { topic: topicOf('ErrorEvent'), payload: { Params: { Value: { ErrorType: 1012 } } } },
    ];
    writeFileSync(file, captured.map((each) => JSON.stringify(each)).join('\n'));
    const options = ['--speed', 'max', '--api', platform.url, '--key', platform.adminKey];
    const { code, lines } = await replay(odd, file, options);
    expect(lines.slice(0, 3).map((line) => line.split(' | ').at(-1))).toEqual([
      expect.stringMatching(/^quarantined: malformed-json, /),
      expect.stringMatching(/^quarantined: unknown-topic, /),
      'notice: raises no fault',
    ]);
    const summary =
      '3 messages: 3 acknowledged, 3 answered, 2 quarantined; faults 0 raised, 0 cleared, 0 open; alarms 0';
    expect([code, lines.at(-1)]).toEqual([0, summary]);
  }, 30_000);
});

describe('the terminal itself, which waits for its answers', () => {
  it('gets one a post, sent again and unreadable ones too, and the time for a time request', async () => {
    const other = await register(platform, '6002', 'jtc340');
    const topicOf = (name: string) => `/device/JTC340/${other.id}/thing/event/${name}/post/`;
    const posts = readFileSync(CAPTURE, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { topic: string; payload: unknown })
      .map(({ topic, payload }) => ({ name: topic.split('/')[6] ?? '', text: JSON.stringify(payload) }));
    expect(posts).toHaveLength(MESSAGES);
    const again = posts.slice(0, 3);
    const unreadable = { name: 'ErrorEvent', text: '{"Version":' };
    const all = [...posts, ...again, unreadable];

    const client = await connect(platform, other);
    const answers: { readonly topic: string; readonly payload: Record<string, unknown> }[] = [];
    client.on('message', (topic, payload) => {
      answers.push({ topic, payload: JSON.parse(payload.toString()) });
    });
    const replyOf = (name: string) => `/server/JTC340/${other.id}/thing/event/${name}/post_reply/`;
    await client.subscribeAsync([...new Set(posts.map(({ name }) => replyOf(name)))], { qos: 1 });
    const answeredBefore = await platform.metric('liftwarden_terminal_answers_total', { outcome: 'sent' });
    const before = Date.now();
    for (const { name, text } of all) await client.publishAsync(topicOf(name), text, { qos: 1 });
    await until('the answers', () => answers.length >= all.length);
    const after = Date.now();
    await client.endAsync();

    expect(answers.map(({ topic }) => topic)).toEqual(all.map(({ name }) => replyOf(name)));
    expect(answers.every(({ payload }) => payload.Code === 200)).toBe(true);
    const [time] = answers.filter(({ topic }) => topic === replyOf('ntp'));
    const asked = posts.find(({ name }) => name === 'ntp');
    expect(time?.payload.DSTime).toBe(JSON.parse(asked?.text ?? '').DSTime);
    expect(time?.payload.SSTime).toBeGreaterThanOrEqual(before);
    expect(time?.payload.SSTime).toBeLessThanOrEqual(after);
    const answered = await platform.metric('liftwarden_terminal_answers_total', { outcome: 'sent' });
    expect(answered - answeredBefore).toBe(all.length);
    const quarantined = await until('the quarantine', async () => {
      const kept = await platform.list<{ reason: string; terminal: string }>(
        `/quarantine?terminal=${other.id}`,
      );
      return kept.length > 0 && kept;
    });
    expect(quarantined).toMatchObject([{ reason: 'malformed-json', terminal: other.id }]);
  });
});
