import { codeItem, faultKindOf } from '../../code-table.js';
import { preview } from '../../failure.js';
import { readSample } from '../../field-map.js';
import { KEPT_DEPTH_MAX, keptValue } from '../../kept-value.js';
import type { Decoded, DecodedItem } from '../../message.js';
import { type Built, decodeReadings } from '../../native/decode-payload.js';
import { nativeProfile } from '../../native/native-v1.profile.js';
import { compileNativeValidators } from '../../native/native-validators.js';
import type { ReadingEnvelope } from '../../native/payloads.js';
import type { TerminalProfile } from '../../profile.js';
import { parseNativeTopic } from '../../topics.js';
import { canonicalCode, GBT24476_CODES, GBT24476_PROFILE_NAME } from './gbt24476-codes.js';
import { GBT24476_LIVE } from './gbt24476-live.js';

/** GB/T 24476-style codes and live values over the native topics; see README.md. */
export const gbt24476Profile: TerminalProfile = {
  ...nativeProfile,
  name: GBT24476_PROFILE_NAME,
  title: 'GB/T 24476-style codes over the native topics',

  decode(topic: string, payload: Uint8Array): Decoded {
    if (parseNativeTopic(topic)?.name === 'telemetry') {
      return decodeReadings(payload, compileNativeValidators().envelope, readingItem);
    }
    const decoded = nativeProfile.decode(topic, payload);
    return decoded.ok ? { ok: true, items: decoded.items.map(inOurCodes) } : decoded;
  },
};

function readingItem({ v: _version, boot, seq, at, stored, ...live }: ReadingEnvelope): Built {
  const kept = keptValue(live) as Readonly<Record<string, unknown>> | undefined;
  if (kept === undefined) {
    const allowed = `at most ${KEPT_DEPTH_MAX} levels`;
    return `a field of the reading is ${preview(live)} that nests too deep; allowed: ${allowed}`;
  }
  const sample = readSample(GBT24476_LIVE, kept);
  if (typeof sample === 'string') return sample;
  return { type: 'sample', origin: { boot, seq, id: null, at, stored: stored === true }, sample };
}

/** A native item whose codes are of this table. */
function inOurCodes(item: DecodedItem): DecodedItem {
  const profile = GBT24476_PROFILE_NAME;
  switch (item.type) {
    case 'fault-report': {
      const { code, state, detail } = item.report;
      return codeItem(GBT24476_CODES, item.origin, { profile, code: canonicalCode(code), state, detail });
    }
    case 'snapshot': {
      // A mode is no fault that could be active: every reading carries it.
      const active = item.snapshot.active.flatMap(({ code: sent }) => {
        const code = canonicalCode(sent);
        const kind = faultKindOf(GBT24476_CODES, code);
        return kind === null ? [] : [{ code, kind }];
      });
      return { ...item, snapshot: { profile, active } };
    }
    default:
      return item;
  }
}
