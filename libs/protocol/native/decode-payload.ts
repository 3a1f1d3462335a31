import { refused } from '../failure.js';
import type { Decoded, DecodedItem } from '../message.js';
import { parsePayload } from '../payload-json.js';
import type { WireValidator } from './native-validators.js';
import { TELEMETRY_ITEMS_MAX } from './payloads.js';

/** Either the item, or what is wrong with a field and what is allowed. */
export type Built = DecodedItem | string;

/** One payload, one item. */
export function decodeOne<T>(
  payload: Uint8Array,
  validator: WireValidator<T>,
  build: (valid: T) => Built,
): Decoded {
  const parsed = parsePayload(payload);
  return parsed.ok ? judgeOne(parsed.value, validator, build) : parsed.refusal;
}

/** One reading, or an array of 1 to 500. One bad element refuses the message, naming its index. */
export function decodeReadings<T>(
  payload: Uint8Array,
  validator: WireValidator<T>,
  build: (valid: T) => Built,
): Decoded {
  const parsed = parsePayload(payload);
  if (!parsed.ok) return parsed.refusal;
  if (!Array.isArray(parsed.value)) return judgeOne(parsed.value, validator, build);
  const readings: readonly unknown[] = parsed.value;
  if (readings.length === 0) {
    return refused('invalid-payload', `the array is empty; allowed: 1 to ${TELEMETRY_ITEMS_MAX} readings`);
  }
  if (readings.length > TELEMETRY_ITEMS_MAX) {
    const detail = `the array has ${readings.length} readings; allowed: 1 to ${TELEMETRY_ITEMS_MAX}`;
    return refused('too-many-items', detail);
  }
  const items: DecodedItem[] = [];
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index];
    if (!validator.accepts(reading)) {
      const { reason, detail } = validator.explain(reading, `[${index}]`);
      return refused(reason, detail);
    }
    const item = build(reading);
    if (typeof item === 'string') return refused('invalid-payload', `[${index}].${item}`);
    items.push(item);
  }
  return { ok: true, items };
}

function judgeOne<T>(value: unknown, validator: WireValidator<T>, build: (valid: T) => Built): Decoded {
  if (!validator.accepts(value)) {
    const { reason, detail } = validator.explain(value, '');
    return refused(reason, detail);
  }
  const item = build(value);
  return typeof item === 'string' ? refused('invalid-payload', item) : { ok: true, items: [item] };
}
