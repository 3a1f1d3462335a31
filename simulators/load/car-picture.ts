const DIRECTIONS = ['none', 'up', 'down'] as const;
const DOORS = ['closed', 'closing', 'opening', 'open'] as const;

/** What a sample shows of a car. */
export interface CarPicture {
  direction: (typeof DIRECTIONS)[number];
  moving: boolean;
  floor: string;
  doorState: (typeof DOORS)[number];
  inDoorZone: boolean;
  doorLock: 'closed' | 'open';
  safetyLoop: 'closed' | 'open';
  occupied: boolean;
  speed: number;
  levelErrorMm: number | null;
  loadPercent: number;
  vibration: number;
}

/**
 * Everything of a picture but floor and temperature, as one number: two cars with the same one look the same.
 */
export function codeOf(car: CarPicture): number {
  let code = (car.moving ? 1 : 0) * 3 + DIRECTIONS.indexOf(car.direction);
  code = code * 4 + DOORS.indexOf(car.doorState);
  const contacts = (car.inDoorZone ? 8 : 0) + (car.doorLock === 'open' ? 4 : 0);
  code = code * 16 + contacts + (car.safetyLoop === 'open' ? 2 : 0) + (car.occupied ? 1 : 0);
  code = code * 8 + car.speed * 4;
  code = code * 66 + (car.levelErrorMm === null ? 0 : car.levelErrorMm + 33);
  return (code * 50 + car.loadPercent) * 16 + Math.round(car.vibration * 100);
}

/** Written out, not by JSON.stringify: it is done a million times for a morning, and every text is ours. */
export function fieldsOf(car: CarPicture, temperature: number): string {
  return (
    `"mode":"normal","direction":"${car.direction}","moving":${car.moving},"floor":"${car.floor}",` +
    `"doorState":"${car.doorState}","inDoorZone":${car.inDoorZone},"doorLock":"${car.doorLock}",` +
    `"safetyLoop":"${car.safetyLoop}","occupied":${car.occupied},"speed":${car.speed},` +
    `"levelErrorMm":${car.levelErrorMm},"loadPercent":${car.loadPercent},"vibration":${car.vibration},` +
    `"powerState":"mains","temperature":${temperature}`
  );
}
