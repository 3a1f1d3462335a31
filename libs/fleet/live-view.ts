import { anyObject, dateTime, flag, integer, nullable, number, objectOf, oneOf, text } from '#access';
import { CONTACT_STATES, DIRECTIONS, DOOR_STATES, POWER_STATES, SERVICE_MODES } from '#protocol';
import type { SeriesPoint } from '#series';

/** The newest sample of a lift. A field is null when the terminal does not say (never "no"). */
export type LiveView = SeriesPoint['sample'] & {
  readonly terminal: string;
  readonly at: string;
  readonly receivedAt: string;
  /** The terminal's clock was more than a day off, so `at` rests on `receivedAt`. */
  readonly clockSuspect: boolean;
};

export function liveView(point: SeriesPoint): LiveView {
  return {
    ...point.sample,
    terminal: point.terminal,
    at: new Date(point.at).toISOString(),
    receivedAt: new Date(point.receivedAt).toISOString(),
    clockSuspect: point.clockSuspect,
  };
}

export const LIVE_SCHEMA = objectOf<LiveView>('LiveState', {
  mode: nullable(oneOf(SERVICE_MODES)),
  direction: nullable(oneOf(DIRECTIONS)),
  moving: nullable(flag()),
  floor: nullable(text('Floor mark as shown in the car.')),
  doorState: nullable(oneOf(DOOR_STATES)),
  inDoorZone: nullable(flag()),
  doorLock: nullable(oneOf(CONTACT_STATES)),
  safetyLoop: nullable(oneOf(CONTACT_STATES)),
  occupied: nullable(flag('A person is in the car; null = unknown, never "nobody".')),
  speed: nullable(number('m/s, unsigned.')),
  levelErrorMm: nullable(number('Car sill above (+) or below (−) the landing sill, mm.')),
  loadPercent: nullable(number('% of the rated load.')),
  powerState: nullable(oneOf(POWER_STATES)),
  tripCount: nullable(integer()),
  doorCycleCount: nullable(integer()),
  temperature: nullable(number('°C.')),
  vibration: nullable(number('RMS acceleration, m/s².')),
  extra: nullable(anyObject('Fields that Liftwarden does not know, as sent.')),
  terminal: text('Id of the terminal that said so.'),
  at: dateTime('When it was true.'),
  receivedAt: dateTime(),
  clockSuspect: flag('The terminal’s clock was more than a day off, so `at` rests on `receivedAt`.'),
});
