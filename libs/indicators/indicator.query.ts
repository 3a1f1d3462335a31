import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { PageQuery } from '#access';
import { FIGURE_EVIDENCE, type FigureEvidence, PERIOD_KINDS, type PeriodKind } from '#domain';

const SCOPE_LENGTH_MAX = 220;
const PERIOD_TEXT = { message: 'period must be like 2026-10, 2026-Q4, 2026 or 30d@2026-10-31' };
const PERIOD_PATTERN = /^(\d{4}(-(\d{2}|Q[1-4]))?|\d{1,3}d@\d{4}-\d{2}-\d{2})$/;

const LIMIT_MINUTES_MAX = 1_440;
const AT_LEAST_MAX = 100;

function IsLimitMinutes(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Type(() => Number),
    IsNumber(),
    Min(0),
    Max(LIMIT_MINUTES_MAX),
  );
}

function IsAtLeast(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Type(() => Number),
    IsInt(),
    Min(1),
    Max(AT_LEAST_MAX),
  );
}

/** What an indicator is asked with instead of its own numbers, as a rule or a target may have it. */
export interface ParametersQuery {
  readonly limitMinutes?: number;
  readonly atLeast?: number;
}

export class FiguresQuery {
  /** `kind:id`, such as county:500231, firm:f1@500231 (in that county), lift:… or all:all. */
  @IsString()
  @Length(1, SCOPE_LENGTH_MAX)
  scope!: string;

  /** `2026-10`, `2026-Q4`, `2026` or `30d@2026-10-31`, in China time. */
  @IsString()
  @Matches(PERIOD_PATTERN, PERIOD_TEXT)
  period!: string;
}

export class TrendQuery {
  /** As of `/indicators`. */
  @IsString()
  @Length(1, SCOPE_LENGTH_MAX)
  scope!: string;

  /** Length of each point; the indicator's own when not given. */
  @IsOptional()
  @IsIn(PERIOD_KINDS.filter((kind) => kind !== 'rolling'))
  by?: Exclude<PeriodKind, 'rolling'>;

  /** Points, the running period last, 1 to 24; 12 when not given. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(24)
  points: number = 12;

  /** Of an indicator that has a limit: minutes above 0, at most 1440; its own when not given. */
  @IsLimitMinutes()
  limitMinutes?: number;

  /** Of an indicator that counts repeats: 1 to 100; its own when not given. */
  @IsAtLeast()
  atLeast?: number;
}

/** Whose rows are meant: what is counted, or what it is divided by. */
export const PARTS = ['numerator', 'denominator'] as const;
export type Part = (typeof PARTS)[number];

export class RowsQuery extends PageQuery {
  /** As of `/indicators`. */
  @IsString()
  @Length(1, SCOPE_LENGTH_MAX)
  scope!: string;

  /** As of `/indicators`; or give `from` and `to`. */
  @IsOptional()
  @IsString()
  @Matches(PERIOD_PATTERN, PERIOD_TEXT)
  period?: string;

  /** With `to` instead of `period`, as a rule's breach names its window. */
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;

  /** Official rows only, or those not yet judged false; provisional when not given. */
  @IsOptional()
  @IsIn(FIGURE_EVIDENCE)
  evidence: FigureEvidence = 'provisional';

  @IsOptional()
  @IsIn(PARTS)
  part: Part = 'numerator';

  /** Of an indicator that has a limit: minutes above 0, at most 1440; its own when not given. */
  @IsLimitMinutes()
  limitMinutes?: number;

  /** Of an indicator that counts repeats: 1 to 100; its own when not given. */
  @IsAtLeast()
  atLeast?: number;
}

export const RANKED_KINDS = [
  'firm',
  'maker',
  'user',
  'use-kind',
  'age-band',
  'site',
  'county',
  'township',
  'village',
] as const;
export type RankedKind = (typeof RANKED_KINDS)[number];

export class RankingQuery {
  /** What is ranked. */
  @IsIn(RANKED_KINDS)
  by!: RankedKind;

  @IsString()
  @Length(1, 80)
  indicator!: string;

  /** As of `/indicators`. */
  @IsString()
  @Matches(PERIOD_PATTERN, PERIOD_TEXT)
  period!: string;

  /** District code of 6 digits or more in which they are compared; your own when not given. */
  @IsOptional()
  @Matches(/^\d{6}(\d{3}){0,2}$/, { message: 'in must be 6, 9 or 12 digits' })
  in?: string;

  /** The reading that is ranked; provisional when not given. */
  @IsOptional()
  @IsIn(FIGURE_EVIDENCE)
  evidence: FigureEvidence = 'provisional';

  /** Of an indicator that has a limit: minutes above 0, at most 1440; its own when not given. */
  @IsLimitMinutes()
  limitMinutes?: number;

  /** Of an indicator that counts repeats: 1 to 100; its own when not given. */
  @IsAtLeast()
  atLeast?: number;
}
