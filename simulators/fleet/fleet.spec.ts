import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TERMINAL_ID_PATTERN } from '#protocol';
import { CommandError } from '../command-line.js';
import { parseFleet, readFleet } from './fleet-file.js';
import { generateFleet } from './generate-fleet.js';
import { planFleet } from './plan-fleet.js';
import { PlatformApi } from './platform-api.js';

const options = { lifts: 120, districts: 5, seed: 1, profile: 'native-v1' } as const;

describe('a planned fleet', () => {
  it.each([
    ['native-v1', 3],
    ['jtc340', 5],
  ])('of %s has well-formed, distinct identities', (profile, districts) => {
    const { lifts } = planFleet({ lifts: 400, districts, seed: 9, profile });
    for (const lift of lifts) {
      expect(lift.registrationCode).toMatch(
        new RegExp(`^3110${lift.district}20[012]\\d(0[1-9]|1[0-2])\\d{4}$`),
      );
      expect(lift.rescueCode).toMatch(/^[1-9]\d{5}$/);
      expect(lift.terminalId).toMatch(profile === 'jtc340' ? /^\d{15}$/ : TERMINAL_ID_PATTERN);
      expect(lift.floors.length).toBeGreaterThan(1);
      expect(new Set(lift.floors).size).toBe(lift.floors.length);
    }
    for (const key of ['registrationCode', 'rescueCode', 'terminalId'] as const) {
      expect(new Set(lifts.map((lift) => lift[key])).size).toBe(lifts.length);
    }
    expect(new Set(lifts.map(({ district }) => district)).size).toBe(districts);
  });

  it('is the same for the same seed and another for another', () => {
    expect(planFleet(options)).toEqual(planFleet(options));
    expect(planFleet(options).lifts[0]).not.toEqual(planFleet({ ...options, seed: 2 }).lifts[0]);
  });
});

describe('registering a fleet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const out = join(folder, 'fleet.json');
  let answers: (path: string, body: Record<string, string>) => { status: number; body: object };
  const seen: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      seen.push({ path, authorization: request.headers.authorization });
      const { status, body } = answers(path.replace('/api/v1', ''), JSON.parse(text));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  let api: PlatformApi;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (!address || typeof address === 'string') throw new Error('no port');
    api = new PlatformApi(`http://127.0.0.1:${address.port}`, 'k1');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => rmSync(out, { force: true }));

  const generate = (lifts: number) =>
    generateFleet({
      api,
      plan: planFleet({ ...options, lifts }),
      profile: 'native-v1',
      out,
      clock: () => 1_700_000_000_000,
      onProgress: () => undefined,
    });

  it('keeps every secret for the owner only; districts and firms may be there already', async () => {
    answers = (path, body) => {
      if (path === '/districts' || path === '/firms') return { status: 409, body: { title: 'exists' } };
      return { status: 201, body: path === '/terminals' ? { id: body.id, secret: `s-${body.id}` } : {} };
    };
    const made = await generate(60);
    expect(await readFleet(out)).toEqual(made);
    expect(made).toHaveLength(60);
    expect(made.every(({ id, secret }) => secret === `s-${id}`)).toBe(true);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
      version: 1,
      generatedAt: '2023-11-14T22:13:20.000Z',
    });
    expect(seen.every(({ authorization }) => authorization === 'Bearer k1')).toBe(true);
  });

  it('names a terminal that is there already, and keeps the secrets it got', async () => {
    const taken = planFleet(options).lifts[70]?.terminalId;
    answers = (path, body) => {
      if (path === '/terminals' && body.id === taken)
        return { status: 409, body: { title: 'terminal exists' } };
      return { status: 201, body: { secret: 's' } };
    };
    await expect(generate(120)).rejects.toThrow(`terminal ${taken} is already registered (terminal exists)`);
    const kept = await readFleet(out);
    expect(kept.length).toBeGreaterThanOrEqual(60);
    expect(kept.some(({ id }) => id === taken)).toBe(false);
  });

  it.each([
    [401, /401 unauthorized.*admin key/],
    [500, /500 unauthorized/],
  ])('says what the platform said with %i', async (status, message) => {
    answers = () => ({ status, body: { title: 'unauthorized' } });
    await expect(generate(1)).rejects.toThrow(message);
  });

  it('does not invent a secret that the answer lacks', async () => {
    answers = () => ({ status: 201, body: {} });
    await expect(generate(1)).rejects.toThrow(/no secret/);
  });
});

describe('a fleet file', () => {
  const good = {
    ...{
      id: 'T',
      secret: 's',
      profile: 'native-v1',
      lift: 'L',
      rescueCode: '1',
      district: 'd',
      address: 'a',
    },
    floors: ['1', '2'],
  };

  it.each([
    ['no JSON', '{', /not JSON/],
    ['another version', '{"version": 2, "terminals": []}', /must be/],
    [
      'a missing secret',
      JSON.stringify({ version: 1, terminals: [{ ...good, secret: '' }] }),
      /terminals\[0\]\.secret/,
    ],
    [
      'one floor',
      JSON.stringify({ version: 1, terminals: [{ ...good, floors: ['1'] }] }),
      /terminals\[0\]\.floors/,
    ],
    ['a terminal twice', JSON.stringify({ version: 1, terminals: [good, good] }), /T occurs twice/],
  ])('with %s is refused by name', (_, text, problem) => {
    expect(() => parseFleet(text, 'f')).toThrow(CommandError);
    expect(() => parseFleet(text, 'f')).toThrow(problem);
  });
});
