import { coded, type FieldMap, floorMark, measured, readSample } from '../../field-map.js';
import type { LiftSample } from '../../message.js';

type Fields = Readonly<Record<string, unknown>>;

/** The field map of `LiveData`. Assumed meanings, see README.md: the maker publishes none. */
const LIVE: FieldMap = [
  coded('DoorState', 'doorState', { 0: 'closed', 1: 'open' }, 'unknown'),
  coded('PersonState', 'occupied', { 0: false, 1: true }),
  coded('RunDirection', 'direction', { 0: 'none', 1: 'up', 2: 'down' }),
  coded('RunState', 'moving', { 0: false, 1: true }),
  measured('Speed', 'speed', { min: 0, max: 30 }),
  floorMark('CurrentFloor'),
];

/**
 * `LiveData` → sample. A value outside the assumed meanings is unknown, never guessed, and kept raw in
 * `extra`, as is every field not in the map. A string says which field has a wrong type. `envelope`: fields
 * found around `Value`.
 */
export function liveSample(value: Fields, envelope: Fields): LiftSample | string {
  const sample = readSample(LIVE, value, 'Params.Value.', envelope);
  return typeof sample === 'string' ? sample : believedDoor(sample, value.DoorState);
}

/**
 * The polarity of DoorState is assumed, and the one captured live state is a running car with DoorState 1. A
 * guess must not raise a critical fault on every run: this terminal reports moving with the door open itself
 * (Error/1002).
 */
function believedDoor(sample: LiftSample, sent: unknown): LiftSample {
  if (sample.doorState !== 'open' || sample.moving !== true) return sample;
  return { ...sample, doorState: 'unknown', extra: { ...sample.extra, DoorState: sent } };
}
