import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsOptional,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { type FieldError, PageQuery, problem } from '#access';
import { NUMERIC_FIELDS, type NumericField, STATE_FIELDS, type StateField } from '#series';
import { INSTANT, INSTANT_WORDS, instantOf } from './instant.js';

const DAY_MS = 86_400_000;
const RANGE_MAX_DAYS = 400;
const POINTS_MAX = 2_000;
const LIFTS_MAX = 200;
const FIELDS = [...NUMERIC_FIELDS, ...STATE_FIELDS];

/** Query of `GET /lifts/{id}/series`. */
export class SeriesQuery {
  /** A numeric field is answered in buckets, a state field as its changes. */
  @IsIn(FIELDS, { message: `field must be one of ${FIELDS.join(', ')}` })
  field!: NumericField | StateField;

  /** Beginning, included; a day before `to` when not given. At most 400 days before `to`. */
  @IsOptional()
  @Matches(INSTANT, { message: `from ${INSTANT_WORDS}` })
  from?: string;

  /** End, excluded; now when not given. */
  @IsOptional()
  @Matches(INSTANT, { message: `to ${INSTANT_WORDS}` })
  to?: string;

  /**
   * 1 to 2,000. Of a numeric field how many buckets the range is cut into, 300 when not given (at the ends of
   * the range one more may come); of a state field the most changes answered, 2,000 when not given.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(POINTS_MAX)
  points?: number;
}

/** Query of `GET /lifts/{id}/sources`. */
export class SourcesQuery {
  /** Only points whose time is not before it; all when not given. */
  @IsOptional()
  @Matches(INSTANT, { message: `from ${INSTANT_WORDS}` })
  from?: string;
}

/** Query of `GET /lifts/{id}/statistics`. */
export class StatisticsQuery extends PageQuery {
  /** Only periods that begin then or later; all when not given. */
  @IsOptional()
  @Matches(INSTANT, { message: `from ${INSTANT_WORDS}` })
  from?: string;

  /** Only periods that begin before it; all when not given. */
  @IsOptional()
  @Matches(INSTANT, { message: `to ${INSTANT_WORDS}` })
  to?: string;
}

/** Query of `GET /states`. */
export class StatesQuery {
  /** Registration codes with commas between them, 1 to 200. */
  @Transform(({ value }) => (typeof value === 'string' ? value.split(',') : value))
  @ArrayMinSize(1, { message: 'lifts must name at least one lift' })
  @ArrayMaxSize(LIFTS_MAX, { message: `lifts may name at most ${LIFTS_MAX} lifts` })
  @Length(1, 32, { each: true })
  lifts!: string[];
}

/** ms since 1970 UTC; `from` included, `to` not. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** The range of a query at the time `now` (ms). Throws a 400 problem that names the field. */
export function rangeOf({ from, to }: SeriesQuery, now: number): TimeRange {
  const end = to === undefined ? now : timeOf('to', to);
  const start = from === undefined ? Math.max(0, end - DAY_MS) : timeOf('from', from);
  if (start >= end) throw invalid({ field: 'from', message: 'from must be before to' });
  if (end - start > RANGE_MAX_DAYS * DAY_MS) {
    const days = Math.ceil((end - start) / DAY_MS);
    const message = `from and to are ${days} days apart; at most ${RANGE_MAX_DAYS} are answered at once`;
    throw invalid({ field: 'from', message });
  }
  return { from: start, to: end };
}

/** Like `rangeOf`, of any length and open at either end. Throws a 400 problem that names the field. */
export function openRangeOf({ from, to }: StatisticsQuery): {
  readonly from: Date | null;
  readonly to: Date | null;
} {
  const start = from === undefined ? null : timeOf('from', from);
  const end = to === undefined ? null : timeOf('to', to);
  if (start !== null && end !== null && start >= end) {
    throw invalid({ field: 'from', message: 'from must be before to' });
  }
  return { from: start === null ? null : new Date(start), to: end === null ? null : new Date(end) };
}

/** A time of a query, ms since 1970 UTC. Throws a 400 problem that names the field. */
export function timeOf(field: string, text: string): number {
  const ms = instantOf(text);
  if (ms === null) {
    throw invalid({ field, message: `${field} is ${text}; there is no such time within 1970–2261` });
  }
  return ms;
}

function invalid(error: FieldError) {
  return problem(400, 'Invalid request', `${error.message}.`, [error]);
}
