import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#runtime';
import { keysAt, newSecrets, OLD_SECRET_MS, rotated } from './endpoint-secrets.js';
import { SealBroken, SecretBox } from './secret-box.js';
import { openWebhookSettings, WEBHOOK_VARIABLES } from './webhook-settings.js';

const box = () => new SecretBox(randomBytes(32), randomBytes);

describe('secrets at rest', () => {
  it('open with their key and for their owner only, and not when a byte has changed', () => {
    const mine = box();
    const sealed = mine.seal('whsec_x', 'we_1');
    expect(mine.open(sealed, 'we_1')).toBe('whsec_x');
    expect(mine.seal('whsec_x', 'we_1')).not.toBe(sealed);
    expect(() => mine.open(sealed, 'we_2')).toThrow(SealBroken);
    expect(() => box().open(sealed, 'we_1')).toThrow('WEBHOOK_KEY');
    const bytes = Buffer.from(sealed.slice(3), 'base64');
    for (let place = 0; place < bytes.length; place += 5) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed.readUInt8(place) ^ 1) & 255, place);
      expect(() => mine.open(`b1:${changed.toString('base64')}`, 'we_1')).toThrow(SealBroken);
    }
    for (const bad of ['', 'b1:', 'b2:AAAA', sealed.slice(0, 20)]) {
      expect(() => mine.open(bad, 'we_1')).toThrow(SealBroken);
    }
  });

  it('the key is made once in the data folder, for its owner only; a variable goes before it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'webhook-key-'));
    const config = { DATA_DIR: folder, WEBHOOK_KEY: null, WEBHOOK_ALLOW: null };
    const sealed = openWebhookSettings(config).box.seal('a', 'b');
    expect(openWebhookSettings(config).box.open(sealed, 'b')).toBe('a');
    const file = join(folder, 'webhook.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { WEBHOOK_KEY } = readConfig(WEBHOOK_VARIABLES, { WEBHOOK_KEY: readFileSync(file, 'utf8') });
    expect(openWebhookSettings({ ...config, DATA_DIR: '/none', WEBHOOK_KEY }).box.open(sealed, 'b')).toBe(
      'a',
    );
    writeFileSync(file, 'short');
    expect(() => openWebhookSettings(config)).toThrow('holds no key of 32 bytes');
    rmSync(folder, { recursive: true });
  });

  it.each([
    [{ WEBHOOK_KEY: 'c2hvcnQ=' }, 'WEBHOOK_KEY is "c2hvcnQ=": give 32 bytes in base64'],
    [{ WEBHOOK_ALLOW: '10.0.0.0/8, here' }, '"here" is no network'],
  ])('%j is refused by name', (env, message) => {
    expect(() => readConfig(WEBHOOK_VARIABLES, env)).toThrow(message);
  });

  it('old secrets sign for 24 hours, at most three of them', () => {
    const first = newSecrets();
    const [a, b] = [rotated(first, 0), rotated(rotated(first, 0) ?? first, 1)];
    if (a === null || b === null) throw new Error('rotation refused');
    expect(keysAt(a, OLD_SECRET_MS - 1)).toHaveLength(2);
    expect(keysAt(a, OLD_SECRET_MS)).toEqual([a.current]);
    const c = rotated(b, 2);
    expect(c && rotated(c, 3)).toBeNull();
    expect(c && rotated(c, OLD_SECRET_MS)).not.toBeNull();
  });
});
