import { createCipheriv, createDecipheriv } from 'node:crypto';

export const BOX_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'b1:';

/** A sealed text that this key does not open: another key, another owner, or a changed text. */
export class SealBroken extends Error {}

/**
 * Texts at rest: AES-256-GCM, bound to their owner's id, so that a row's secret moved to another row does not
 * open. A webhook's secret cannot be stored as a hash: it must sign.
 */
export class SecretBox {
  /** `key` has 32 bytes; `random` gives that many unpredictable bytes. */
  constructor(
    private readonly key: Buffer,
    private readonly random: (bytes: number) => Buffer,
  ) {
    if (key.length !== BOX_KEY_BYTES) throw new RangeError(`The key has ${key.length} bytes; it needs 32.`);
  }

  seal(text: string, owner: string): string {
    const iv = this.random(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws `SealBroken`. */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64');
    if (!sealed.startsWith(PREFIX) || bytes.length < IV_BYTES + TAG_BYTES) {
      throw new SealBroken(`The secret of "${owner}" is not sealed as this version seals.`);
    }
    const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
      const body = bytes.subarray(IV_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new SealBroken(
        `The secret of "${owner}" does not open: give the WEBHOOK_KEY it was sealed with.`,
        {
          cause,
        },
      );
    }
  }
}
