import {
  ArrayMaxSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import {
  CONTACT_STATES,
  type ContactState,
  DIRECTIONS,
  type Direction,
  DOOR_STATES,
  type DoorState,
  POWER_STATES,
  type PowerState,
  SERVICE_MODES,
  type ServiceMode,
} from '../message.js';

/**
 * The native payloads (DESIGN §5), the single source for both validators: class-validator reads the
 * decorators, and `native-validators.ts` compiles them once for the wire. Rules that keep the two at one
 * verdict: only decorators of `WIRE_DECORATORS`; strings by `@Matches` with the `u` flag, never by `@Length`,
 * because the two validators count variation selectors differently; on an optional field null means the same
 * as absence. Fields that are not listed are kept, never refused.
 */
const BOOT = /^[A-Za-z0-9_-]{1,64}$/u;
/** No control characters and no lone surrogates: PostgreSQL cannot store NUL or half a character. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
const FLOOR = /^[^\p{Cc}\p{Cs}]{0,8}$/u;

const bootText = { description: 'a string of 1 to 64 of A–Z a–z 0–9 _ -' };
const nameText = { description: 'a string of 1 to 64 characters, no control characters' };
const floorText = { description: 'a string of at most 8 characters, no control characters' };

const UINT32_MAX = 4_294_967_295;
/** Largest time a JavaScript `Date` can hold, ms since 1970. */
const TIME_MAX = 8_640_000_000_000_000;
/** Samples in one telemetry array. */
export const TELEMETRY_ITEMS_MAX = 500;
/** Codes in one snapshot. */
export const SNAPSHOT_CODES_MAX = 100;

/** What every reading on `lift/v1/{terminal}/telemetry` begins with, in other makers' words too. */
export class ReadingEnvelope {
  /** Version of the protocol. */
  @Equals(1)
  v!: 1;

  /** Random per start of the terminal. */
  @Matches(BOOT)
  @JSONSchema(bootText)
  boot!: string;

  /** As `TelemetryPayload.seq`. */
  @IsInt()
  @Min(0)
  @Max(UINT32_MAX)
  seq!: number;

  /** Terminal's clock, ms since 1970 UTC. */
  @IsInt()
  @Min(0)
  @Max(TIME_MAX)
  at!: number;

  /** As `TelemetryPayload.stored`. */
  @IsOptional()
  @IsBoolean()
  stored?: boolean | null;
}

/** One reading on `lift/v1/{terminal}/telemetry`; an array of 1 to 500 of them is allowed too. */
export class TelemetryPayload {
  /** Version of the protocol. */
  @Equals(1)
  v!: 1;

  /** Random per start of the terminal. */
  @Matches(BOOT)
  @JSONSchema(bootText)
  boot!: string;

  /** Counts up by one a reading within a boot, 0–4,294,967,295. Each element of an array has its own. */
  @IsInt()
  @Min(0)
  @Max(UINT32_MAX)
  seq!: number;

  /** Terminal's clock, ms since 1970 UTC. */
  @IsInt()
  @Min(0)
  @Max(TIME_MAX)
  at!: number;

  /** True when the terminal's store-and-forward held the reading back. */
  @IsOptional()
  @IsBoolean()
  stored?: boolean | null;

  @IsOptional()
  @IsIn(SERVICE_MODES)
  mode?: ServiceMode | null;

  @IsOptional()
  @IsIn(DIRECTIONS)
  direction?: Direction | null;

  @IsBoolean()
  moving!: boolean;

  /** Floor mark as shown in the car, at most 8 characters; `"-2B"` occurs. */
  @IsOptional()
  @Matches(FLOOR)
  @JSONSchema(floorText)
  floor?: string | null;

  @IsIn(DOOR_STATES)
  doorState!: DoorState;

  /** The car is within the unlocking zone of a landing. */
  @IsBoolean()
  inDoorZone!: boolean;

  @IsOptional()
  @IsIn(CONTACT_STATES)
  doorLock?: ContactState | null;

  @IsOptional()
  @IsIn(CONTACT_STATES)
  safetyLoop?: ContactState | null;

  /** A person is in the car: true, false, or null = unknown. */
  @IsOptional()
  @IsBoolean()
  occupied?: boolean | null;

  /** Metres per second, unsigned, 0–30. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(30)
  speed?: number | null;

  /** Car sill above (+) or below (−) the landing sill, mm, −5,000–5,000; from controller data only. */
  @IsOptional()
  @IsNumber()
  @Min(-5000)
  @Max(5000)
  levelErrorMm?: number | null;

  /** Load in the car, percent of the rated load, 0–300. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(300)
  loadPercent?: number | null;

  @IsOptional()
  @IsIn(POWER_STATES)
  powerState?: PowerState | null;

  /** Runs since the counter began. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  tripCount?: number | null;

  /** Door cycles since the counter began. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  doorCycleCount?: number | null;

  /** Degrees Celsius, −100–1,000. */
  @IsOptional()
  @IsNumber()
  @Min(-100)
  @Max(1000)
  temperature?: number | null;

  /** RMS acceleration, m/s², 0–1,000. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1000)
  vibration?: number | null;
}

/** A fault began or ended, on `lift/v1/{terminal}/event`. */
export class EventPayload {
  @Equals(1)
  v!: 1;

  @Matches(BOOT)
  @JSONSchema(bootText)
  boot!: string;

  /** Terminal's own id of the event, unique within the terminal. */
  @Matches(NAME)
  @JSONSchema(nameText)
  id!: string;

  @IsInt()
  @Min(0)
  @Max(UINT32_MAX)
  seq!: number;

  /** Terminal's clock when it happened, ms since 1970 UTC. */
  @IsInt()
  @Min(0)
  @Max(TIME_MAX)
  at!: number;

  @IsOptional()
  @IsBoolean()
  stored?: boolean | null;

  /** A fault kind (DOMAIN §4); any other code is kept raw as kind `unknown`. */
  @Matches(NAME)
  @JSONSchema(nameText)
  code!: string;

  @IsIn(['raised', 'cleared'])
  state!: 'raised' | 'cleared';

  /** Whatever else the terminal knows, kept as sent; at most 32 levels deep. */
  @IsOptional()
  @IsObject()
  detail?: Record<string, unknown> | null;
}

/** All codes active now, on `lift/v1/{terminal}/snapshot` after each reconnect. */
export class SnapshotPayload {
  @Equals(1)
  v!: 1;

  @Matches(BOOT)
  @JSONSchema(bootText)
  boot!: string;

  @IsInt()
  @Min(0)
  @Max(UINT32_MAX)
  seq!: number;

  @IsInt()
  @Min(0)
  @Max(TIME_MAX)
  at!: number;

  /** At most 100 codes. */
  @IsArray()
  @ArrayMaxSize(SNAPSHOT_CODES_MAX)
  @Matches(NAME, { each: true })
  @JSONSchema({ items: nameText })
  active!: string[];
}

/** Retained, on `lift/v1/{terminal}/status`; the last will is the same with `online: false` and no `at`. */
export class StatusPayload {
  @Equals(1)
  v!: 1;

  @IsOptional()
  @Matches(BOOT)
  @JSONSchema(bootText)
  boot?: string | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(TIME_MAX)
  at?: number | null;

  @IsBoolean()
  online!: boolean;
}
