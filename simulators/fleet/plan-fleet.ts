import { Rng } from '../random.js';
import { COUNTIES, type County, PUBLIC_SITES } from './counties.js';

export interface FleetPlanOptions {
  /** 1 to `LIFTS_MAX`. */
  readonly lifts: number;
  /** 1 to 5. */
  readonly districts: number;
  readonly seed: number;
  readonly profile: string;
  /** In front of every terminal id; absent = the profile's usual. */
  readonly prefix?: string | undefined;
}

export interface PlannedLift {
  readonly registrationCode: string;
  readonly rescueCode: string;
  readonly district: string;
  readonly address: string;
  readonly site: string;
  readonly firm: string;
  readonly floors: readonly string[];
  readonly terminalId: string;
}

export interface FleetPlan {
  readonly districts: readonly { code: string; name: string }[];
  readonly firms: readonly { id: string; name: string }[];
  readonly lifts: readonly PlannedLift[];
}

/** A serial has four digits, so a county has room for 10,000 with one pattern. */
export const LIFTS_MAX = 50_000;
/** Class of a traction passenger lift. */
const LIFT_CLASS = '3110';
/** Jintian-style terminals carry a number of 15 digits; `9340` keeps ours apart from real ones. */
const PREFIXES: Readonly<Record<string, string>> = { 'native-v1': 'LW-', jtc340: '9340' };
const RESCUE_CODES = 900_000;
/** Prime to `RESCUE_CODES`, so that consecutive lifts get rescue codes far apart, and no two the same. */
const RESCUE_STRIDE = 376_801;

/** Invents a fleet: the same options give the same one. */
export function planFleet(options: FleetPlanOptions): FleetPlan {
  const rng = new Rng(options.seed, 'fleet');
  const counties = COUNTIES.slice(0, options.districts);
  const firstSerial = rng.int(0, 9999);
  const firstRescue = rng.int(0, RESCUE_CODES - 1);
  const lifts: PlannedLift[] = [];
  for (let index = 0; index < options.lifts; index++) {
    const county = counties[index % counties.length];
    if (!county) throw new Error(`no county for ${options.districts} districts`);
    const nth = Math.floor(index / counties.length);
    lifts.push({
      ...placeOf(county, rng),
      registrationCode: registrationCode(county, firstSerial + nth, rng),
      rescueCode: String(100_000 + ((firstRescue + index * RESCUE_STRIDE) % RESCUE_CODES)),
      terminalId: terminalId(options, county, nth + 1),
    });
  }
  return {
    districts: counties.map(({ code, name }) => ({ code, name })),
    firms: counties.flatMap((county) => county.firms.map((name, n) => ({ id: firmId(county, n), name }))),
    lifts,
  };
}

function firmId(county: County, n: number): string {
  return `firm-${county.code}-${n + 1}`;
}

function registrationCode(county: County, serial: number, rng: Rng): string {
  const yearMonth = `${rng.int(2006, 2024)}${String(rng.int(1, 12)).padStart(2, '0')}`;
  return `${LIFT_CLASS}${county.code}${yearMonth}${String(serial % 10_000).padStart(4, '0')}`;
}

function terminalId(options: FleetPlanOptions, county: County, serial: number): string {
  const prefix = options.prefix ?? PREFIXES[options.profile] ?? '';
  const digits = String(serial).padStart(5, '0');
  return options.profile === 'native-v1'
    ? `${prefix}${county.code}-${digits}`
    : `${prefix}${county.code}${digits}`;
}

function placeOf(county: County, rng: Rng) {
  const firm = firmId(county, rng.int(0, county.firms.length - 1));
  const street = `${county.within}${county.name}${rng.pick(county.streets)}${rng.int(1, 299)}号`;
  const district = county.code;
  if (rng.chance(0.2)) {
    const site = `${county.name}${rng.pick(PUBLIC_SITES)}`;
    const address = `${street}${site}${rng.int(1, 4)}号电梯`;
    return { district, firm, site, address, floors: floorMarks(rng.int(1, 2), rng.int(4, 12)) };
  }
  const site = rng.pick(county.estates);
  const address = `${street}${site}${rng.int(1, 28)}栋${rng.int(1, 3)}单元${rng.int(1, 2)}号梯`;
  return {
    district,
    firm,
    site,
    address,
    floors: floorMarks(rng.int(0, 2), rng.pick([6, 11, 11, 18, 18, 26, 33])),
  };
}

/** `-2, -1, 1, 2, …`: China counts the entrance as 1 and has no 0. */
function floorMarks(cellars: number, storeys: number): string[] {
  const marks: string[] = [];
  for (let cellar = cellars; cellar > 0; cellar--) marks.push(`-${cellar}`);
  for (let storey = 1; storey <= storeys; storey++) marks.push(String(storey));
  return marks;
}
