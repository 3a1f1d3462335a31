import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformProcess, runBuilt, until } from '../harness/platform-process.js';
import { type Registered, register } from '../harness/test-terminal.js';

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
function fleetFile(): string {
  const file = join(platform.dataDir, 'fleet.json');
  const { id, secret, lift } = terminal;
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

describe("a real terminal's messages, replayed by the simulator over MQTT", () => {
  it('are all used: 9 errors raised and cleared, one entrapment, 4 self-faults open', async () => {
    const replay = [
      'simulators/main.js',
      'replay',
      CAPTURE,
      '--fleet',
      fleetFile(),
      '--url',
      platform.mqttUrl,
    ];
    const ended = await runBuilt([...replay, '--as', terminal.id, '--speed', 'max']);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    await until(
      'all messages',
      async () => (await platform.metric('liftwarden_ingest_messages_total')) === MESSAGES,
    );
    await until(
      'the readers',
      async () => (await platform.metric('liftwarden_journal_reader_lag_entries')) === 0,
    );

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
