import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, type ConfigSchema, type Variable } from '#runtime';
import { type AllowedNetworks, allowedNetworks } from './address-rules.js';
import { BOX_KEY_BYTES, SecretBox } from './secret-box.js';

const key: Variable<Buffer | null> = {
  description:
    'Key that seals the secrets of webhooks, 32 bytes in base64; without it one is made in `DATA_DIR`. ' +
    'Services that share a database share it.',
  fallback: null,
  parse: (text) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== BOX_KEY_BYTES) throw new Error('give 32 bytes in base64: openssl rand -base64 32');
    return bytes;
  },
};

const allow: Variable<readonly string[] | null> = {
  description:
    'Networks, comma separated, that webhooks may reach although they are private, by plain http too: ' +
    'intranets and tests.',
  fallback: null,
  parse: (text) => {
    const entries = text.split(',').map((entry) => entry.trim());
    allowedNetworks(entries);
    return entries;
  },
};

export const WEBHOOK_VARIABLES = { WEBHOOK_KEY: key, WEBHOOK_ALLOW: allow } satisfies ConfigSchema;

export type WebhookConfig = Config<typeof WEBHOOK_VARIABLES> & { readonly DATA_DIR: string };

/** What every part of the webhooks is told. Also the DI token. */
export class WebhookSettings {
  constructor(
    readonly box: SecretBox,
    /** Null = none: public addresses by https only. */
    readonly allowed: AllowedNetworks | null,
  ) {}
}

/** Reads or makes the key. Throws a `ConfigError` for a key file that holds no key. */
export function openWebhookSettings(config: WebhookConfig): WebhookSettings {
  const bytes = config.WEBHOOK_KEY ?? keyInFolder(config.DATA_DIR);
  const allowed = config.WEBHOOK_ALLOW === null ? null : allowedNetworks(config.WEBHOOK_ALLOW);
  return new WebhookSettings(new SecretBox(bytes, randomBytes), allowed);
}

/** `webhook.key` in the data folder, 0600; made when it is not there. */
function keyInFolder(folder: string): Buffer {
  const file = join(folder, 'webhook.key');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(BOX_KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
    // Whole or not at all, and never over one that is there.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const bytes = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (bytes.length !== BOX_KEY_BYTES) {
    throw new ConfigError(`${file} holds no key of 32 bytes in base64: put back the one that was there`);
  }
  return bytes;
}
