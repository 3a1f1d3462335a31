import { Transform, type TransformFnParams } from 'class-transformer';
import { IsIn, IsISO8601, IsOptional, Length, Matches } from 'class-validator';
import { PageQuery } from '#access';
import { FINDING_KINDS, type FindingKind } from '#domain';
import { storableText } from '#records';

export class FindingsQuery extends PageQuery {
  @IsIn(FINDING_KINDS)
  kind!: FindingKind;

  /** From when on, 30 days when not given; of repeats a time in the month or year that is meant. */
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  /** What lies before this moment; to now when not given. Repeats have their month or year. */
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;

  /** District code or the beginning of one: it contains what lies below. */
  @IsOptional()
  @Matches(/^\d{1,12}$/, { message: 'district must be 1 to 12 digits' })
  district?: string;

  /** Id of a maintenance firm. */
  @IsOptional()
  @Transform(textOf)
  @Length(1, 64)
  firm?: string;

  /** Registration code of the lift. */
  @IsOptional()
  @Transform(textOf)
  @Length(1, 64)
  lift?: string;
}

/** What cannot be stored cannot be found: PostgreSQL refuses U+0000 in a parameter. */
function textOf({ value }: TransformFnParams): unknown {
  return typeof value === 'string' ? storableText(value) : value;
}
