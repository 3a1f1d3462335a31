import { IsIn, IsISO8601, IsOptional } from 'class-validator';
import { PageQuery } from '#access';

export const FINDING_KINDS = [
  'hidden-by-inspection',
  'faked-faults',
  'fake-maintenance',
  'repeat-entrapments-month',
  'repeat-entrapments-year',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export class FindingsQuery extends PageQuery {
  @IsIn(FINDING_KINDS)
  kind!: FindingKind;

  /** From when on, 30 days when not given; of repeats a time in the month or year that is meant. */
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;
}
