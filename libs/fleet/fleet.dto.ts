import {
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import { PageQuery } from '#access';
import { PROFILES, TERMINAL_ID_PATTERN } from '#protocol';
import {
  ADDRESS_RULE,
  DATE_RULE,
  DATUM_RULE,
  type Datum,
  DISTRICT_RULE,
  ID_RULE,
  LATITUDE_MAX,
  LONGITUDE_MAX,
  NAME_RULE,
  REGISTRATION_CODE_RULE,
  RESCUE_CODE_RULE,
  type TextRule,
  USE_KIND_RULE,
  type UseKind,
} from './lift-fields.js';

/** The field is a text that obeys `rule`. */
function Obeys(rule: TextRule): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'obeys',
      target: target.constructor,
      propertyName: String(property),
      options: { message: ({ property: name }: ValidationArguments) => `${name} must be ${rule.says}` },
      validator: { validate: (value: unknown) => typeof value === 'string' && rule.accepts(value) },
    });
}

/** May be absent, but not null: a change cannot empty it. */
const MayBeAbsent = () => ValidateIf((_dto, value) => value !== undefined);

const PROFILE_RULE: TextRule = {
  accepts: (name) => PROFILES.has(name),
  says: `one of ${[...PROFILES.keys()].join(', ')}`,
};
const TERMINAL_RULE: TextRule = { accepts: (id) => TERMINAL_ID_PATTERN.test(id), says: ID_RULE.says };
/** ISO 8601 with its offset: a time without one would mean another moment on another machine. */
const TIME_RULE: TextRule = {
  accepts: (text) =>
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) &&
    Date.parse(text) >= Date.UTC(1990, 0),
  says: 'a time after 1990 like 2026-01-31T08:00:00+08:00',
};

export class NewDistrictDto {
  /** 6 digits a county, 9 a township, 12 a village. */
  @Obeys(DISTRICT_RULE)
  code!: string;

  @Obeys(NAME_RULE)
  name!: string;
}

/** A firm 维保单位, or a user 使用单位. */
export class NewFirmDto {
  @Obeys(ID_RULE)
  id!: string;

  @Obeys(NAME_RULE)
  name!: string;
}

export class RenameDto {
  @Obeys(NAME_RULE)
  name!: string;
}

/** What a lift may have; null = not known. */
class LiftDetailsDto {
  /** 救援码. */
  @IsOptional()
  @Obeys(RESCUE_CODE_RULE)
  rescueCode?: string | null;

  /** The estate, mall or hospital. */
  @IsOptional()
  @Obeys(NAME_RULE)
  site?: string | null;

  @IsOptional()
  @Obeys(USE_KIND_RULE)
  useKind?: UseKind | null;

  /** `YYYY-MM-DD`. */
  @IsOptional()
  @Obeys(DATE_RULE)
  installedOn?: string | null;

  @IsOptional()
  @Obeys(NAME_RULE)
  maker?: string | null;

  @IsOptional()
  @Obeys(NAME_RULE)
  model?: string | null;

  /** Id of the maintenance firm. */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  firm?: string | null;

  /** Id of the user 使用单位. */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  user?: string | null;

  /** Degrees east in `datum`; longitude, latitude and datum come together. */
  @IsOptional()
  @Min(-LONGITUDE_MAX)
  @Max(LONGITUDE_MAX)
  longitude?: number | null;

  /** Degrees north. */
  @IsOptional()
  @Min(-LATITUDE_MAX)
  @Max(LATITUDE_MAX)
  latitude?: number | null;

  @IsOptional()
  @Obeys(DATUM_RULE)
  datum?: Datum | null;

  /** From when district, firm and user hold, at most until now; now when absent. */
  @MayBeAbsent()
  @Obeys(TIME_RULE)
  since?: string;
}

export class NewLiftDto extends LiftDetailsDto {
  /** 注册代码 (20), 设备代码 (18) or 使用登记证编号. */
  @Obeys(REGISTRATION_CODE_RULE)
  registrationCode!: string;

  @Obeys(DISTRICT_RULE)
  district!: string;

  @Obeys(ADDRESS_RULE)
  address!: string;
}

/** A field that is absent stays as it is; null empties it. */
export class LiftChangeDto extends LiftDetailsDto {
  @MayBeAbsent()
  @Obeys(DISTRICT_RULE)
  district?: string;

  @MayBeAbsent()
  @Obeys(ADDRESS_RULE)
  address?: string;
}

export class NewTerminalDto {
  @Obeys(TERMINAL_RULE)
  id!: string;

  @Obeys(PROFILE_RULE)
  profile!: string;

  /** Registration code of the lift it is built into; without it the terminal is bound later. */
  @IsOptional()
  @IsString()
  @Length(1, 32)
  lift?: string | null;
}

export class BindingDto {
  /** Registration code of the lift. */
  @IsString()
  @Length(1, 32)
  lift!: string;

  /** Since when, at most until now; now when absent. */
  @MayBeAbsent()
  @Obeys(TIME_RULE)
  from?: string;

  /** Until when, for a binding that has ended; absent while it lasts. */
  @MayBeAbsent()
  @Obeys(TIME_RULE)
  to?: string;
}

export class UnbindingDto {
  /** Since when it is in no lift, at most until now; now when absent. */
  @MayBeAbsent()
  @Obeys(TIME_RULE)
  at?: string;
}

export class LiftListQuery extends PageQuery {
  /** District code or its beginning. */
  @IsOptional()
  @Matches(/^\d{1,12}$/, { message: 'district must be 1 to 12 digits' })
  district?: string;

  @IsOptional()
  @Length(1, 64)
  firm?: string;

  @IsOptional()
  @Length(1, 64)
  user?: string;

  /** Text found in the registration code, the rescue code, the address or the site. */
  @IsOptional()
  @Length(1, 100)
  q?: string;
}
