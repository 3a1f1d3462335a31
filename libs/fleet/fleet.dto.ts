import {
  IsOptional,
  IsString,
  Length,
  Matches,
  registerDecorator,
  type ValidationArguments,
} from 'class-validator';
import { PageQuery } from '#access';
import { PROFILES, TERMINAL_ID_PATTERN } from '#protocol';
import { isRegistrationCode } from './registration-code.js';

const DISTRICT = /^\d{6}(\d{3}){0,2}$/;
const FIRM_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function checkedBy(
  name: string,
  accepts: (text: string) => boolean,
  message: (args: ValidationArguments) => string,
): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      options: { message },
      validator: { validate: (value: unknown) => typeof value === 'string' && accepts(value) },
    });
}

export class NewDistrictDto {
  /** 6 digits a county, 9 a township, 12 a village. */
  @IsString()
  @Matches(DISTRICT, { message: 'code must be 6, 9 or 12 digits' })
  code!: string;

  @IsString()
  @Length(1, 100)
  name!: string;
}

export class NewFirmDto {
  @IsString()
  @Matches(FIRM_ID, { message: 'id must be 1 to 64 of A–Z a–z 0–9 . _ -, a letter or digit first' })
  id!: string;

  @IsString()
  @Length(1, 100)
  name!: string;
}

export class NewLiftDto {
  /** 注册代码 (20), 设备代码 (18) or 使用登记证编号. */
  @checkedBy('isRegistrationCode', isRegistrationCode, () => {
    return 'registrationCode must be 20 characters (注册代码), 18 digits (设备代码) or 1–32 letters, digits, hyphens';
  })
  registrationCode!: string;

  /** 救援码. */
  @IsOptional()
  @Matches(/^\d{6}$/, { message: 'rescueCode must be 6 digits' })
  rescueCode?: string | null;

  @IsString()
  @Matches(DISTRICT, { message: 'district must be 6, 9 or 12 digits' })
  district!: string;

  @IsString()
  @Length(1, 200)
  address!: string;

  /** The estate, mall or hospital. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  site?: string | null;

  /** Id of the maintenance firm. */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  firm?: string | null;
}

export class NewTerminalDto {
  @IsString()
  @Matches(TERMINAL_ID_PATTERN, {
    message: 'id must be 1 to 64 of A–Z a–z 0–9 . _ -, a letter or digit first',
  })
  id!: string;

  @checkedBy(
    'isProfile',
    (name) => PROFILES.has(name),
    () => `profile must be one of ${[...PROFILES.keys()].join(', ')}`,
  )
  profile!: string;

  /** Registration code of the lift it is built into. */
  @IsString()
  @Length(1, 32)
  lift!: string;
}

export class LiftListQuery extends PageQuery {
  /** District code or its beginning. */
  @IsOptional()
  @Matches(/^\d{1,12}$/, { message: 'district must be 1 to 12 digits' })
  district?: string;

  @IsOptional()
  @Length(1, 64)
  firm?: string;

  /** Text found in the registration code, the rescue code, the address or the site. */
  @IsOptional()
  @Length(1, 100)
  q?: string;
}
