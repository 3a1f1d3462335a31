import { isRegistrationCode } from './registration-code.js';

/** What a lift is used for; plans weigh some of them more (DOMAIN §1). */
export const USE_KINDS = [
  'residential',
  'resettlement',
  'affordable-housing',
  'mall',
  'hospital',
  'school',
  'office',
  'hotel',
  'transport',
  'industrial',
  'other',
] as const;
export type UseKind = (typeof USE_KINDS)[number];

/** Reference systems of a position: mixing them moves it by hundreds of metres (DOMAIN §3). */
export const DATUMS = ['WGS84', 'GCJ-02', 'BD-09'] as const;
export type Datum = (typeof DATUMS)[number];

/** What is known of a lift beside its registration code; null = not known. */
export interface LiftValues {
  /** 救援码, 6 digits. */
  readonly rescueCode: string | null;
  /** Code of a registered district: 6, 9 or 12 digits. */
  readonly district: string;
  readonly address: string;
  /** The estate, mall or hospital. */
  readonly site: string | null;
  readonly useKind: UseKind | null;
  /** `YYYY-MM-DD`. */
  readonly installedOn: string | null;
  readonly maker: string | null;
  readonly model: string | null;
  /** Id of the maintenance firm 维保单位. */
  readonly firm: string | null;
  /** Id of the user 使用单位. */
  readonly user: string | null;
  /** Degrees east and north in `datum`; all three or none. */
  readonly longitude: number | null;
  readonly latitude: number | null;
  readonly datum: Datum | null;
}
export type LiftField = keyof LiftValues;

export const LIFT_FIELDS: readonly LiftField[] = [
  'rescueCode',
  'district',
  'address',
  'site',
  'useKind',
  'installedOn',
  'maker',
  'model',
  'firm',
  'user',
  'longitude',
  'latitude',
  'datum',
];

/** What a text must be, the same for the API and for an import. */
export interface TextRule {
  readonly accepts: (text: string) => boolean;
  /** Continues "<name of the field> must be …". */
  readonly says: string;
}

const between = (min: number, max: number): TextRule => ({
  accepts: (text) => text.length >= min && text.length <= max && !hasControls(text),
  says: `${min} to ${max} characters on one line`,
});
const like = (pattern: RegExp, says: string): TextRule => ({ accepts: (text) => pattern.test(text), says });

export const REGISTRATION_CODE_RULE: TextRule = {
  accepts: isRegistrationCode,
  says: '20 characters (注册代码), 18 digits (设备代码) or 1–32 letters, digits, hyphens',
};
export const RESCUE_CODE_RULE = like(/^\d{6}$/, '6 digits');
export const DISTRICT_RULE = like(/^\d{6}(\d{3}){0,2}$/, '6, 9 or 12 digits');
export const ID_RULE = like(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  '1 to 64 of A–Z a–z 0–9 . _ -, a letter or digit first',
);
export const ADDRESS_RULE = between(1, 200);
export const NAME_RULE = between(1, 100);
export const DATE_RULE: TextRule = { accepts: isDate, says: 'a date YYYY-MM-DD from 1900 to 2100' };
export const USE_KIND_RULE: TextRule = {
  accepts: (text) => USE_KINDS.some((kind) => kind === text),
  says: `one of ${USE_KINDS.join(', ')}`,
};
export const DATUM_RULE: TextRule = {
  accepts: (text) => DATUMS.some((datum) => datum === text),
  says: `one of ${DATUMS.join(', ')}`,
};
export const LONGITUDE_MAX = 180;
export const LATITUDE_MAX = 90;

/** A line break, a NUL or half a character in a name comes from a broken file and breaks the next one. */
function hasControls(text: string): boolean {
  if (/\p{Surrogate}/u.test(text)) return true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 || code === 127) return true;
  }
  return false;
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1900 && year <= 2100 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
