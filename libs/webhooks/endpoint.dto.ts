import { Transform, type TransformFnParams, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { PageQuery } from '#access';
import { ALARM_KINDS, type AlarmKind, PRIORITIES, type Priority } from '#domain';
import { storableText } from '#records';
import { DELIVERY_STATES, type DeliveryState } from './delivery-lifecycle.js';
import { URL_LENGTH_MAX } from './endpoint-url.js';
import { WEBHOOK_TYPES, type WebhookType } from './event-types.js';
import { SIGNATURES, type Signature } from './sign.js';

const DISTRICT = /^\d{2}(\d{2}(\d{2}(\d{3}){0,2})?)?$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const NOT_MOMENT = 'must be a moment such as 2026-05-01T08:00:00Z or 2026-05-01T16:00:00+08:00';

/** PostgreSQL refuses U+0000; what cannot be stored cannot be found. */
function storable({ value }: TransformFnParams): unknown {
  return typeof value === 'string' ? storableText(value) : value;
}

/** `?type=a&type=b` and `?type=a,b` mean the same. */
function listed({ value }: TransformFnParams): unknown {
  if (value === undefined) return undefined;
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  return given.flatMap((part) => (typeof part === 'string' ? part.split(',') : [part]));
}

/** What of an endpoint its owner may choose and change. A list that is empty means all. */
export class EndpointChoicesDto {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(WEBHOOK_TYPES.length)
  @ArrayUnique()
  @IsIn(WEBHOOK_TYPES, { each: true })
  types?: WebhookType[] | null;

  /** Kinds of fault or alarm; says nothing of events that have no kind. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(ALARM_KINDS.length)
  @ArrayUnique()
  @IsIn(ALARM_KINDS, { each: true })
  kinds?: AlarmKind[] | null;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(PRIORITIES.length)
  @ArrayUnique()
  @IsIn(PRIORITIES, { each: true })
  priorities?: Priority[] | null;

  /** 2, 4, 6, 9 or 12 digits: only what lies in that district. Null takes the filter away. */
  @IsOptional()
  @Matches(DISTRICT, { message: 'district must be 2, 4, 6, 9 or 12 digits' })
  district?: string | null;

  /** `v1` and `v1a` of Standard Webhooks, `kone` for the header `KONE-Signature`. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SIGNATURES.length)
  @ArrayUnique()
  @IsIn(SIGNATURES, { each: true })
  signatures?: Signature[] | null;

  /** Attempts under way at once, 1 to 32. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(32)
  concurrency?: number | null;

  /** Attempts a second, 1 to 1,000. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  ratePerSecond?: number | null;
}

export class NewEndpointDto extends EndpointChoicesDto {
  /** Whose receiver it is, for people. */
  @Transform(storable)
  @IsString()
  @Length(1, 100)
  label!: string;

  /** Where to post: https, or http to the networks of `WEBHOOK_ALLOW`. */
  @Transform(storable)
  @IsString()
  @Length(1, URL_LENGTH_MAX)
  url!: string;

  /** Makes it for a firm, which then sees it too; only for keys of scope `all`. */
  @IsOptional()
  @Transform(storable)
  @IsString()
  @Length(1, 64)
  firm?: string | null;
}

export class EndpointPatchDto extends EndpointChoicesDto {
  /** Whose receiver it is, for people. */
  @IsOptional()
  @Transform(storable)
  @IsString()
  @Length(1, 100)
  label?: string | null;

  /** Where to post: https, or http to the networks of `WEBHOOK_ALLOW`. */
  @IsOptional()
  @Transform(storable)
  @IsString()
  @Length(1, URL_LENGTH_MAX)
  url?: string | null;

  /** `true` enables what was disabled; `false` disables it. */
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;
}

/** A range of time, half open. */
export class RedeliverDto {
  /** ISO 8601 with a zone: events recorded at or after it. */
  @IsISO8601({ strict: true })
  @Matches(MOMENT, { message: `since ${NOT_MOMENT}` })
  since!: string;

  /** ISO 8601 with a zone: events recorded before it; now when not given. */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(MOMENT, { message: `until ${NOT_MOMENT}` })
  until?: string;

  /** Which of them; `failed` and `cancelled` when not given. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(['delivered', 'failed', 'cancelled'], { each: true })
  states?: Exclude<DeliveryState, 'pending'>[];

  /** Also events that the endpoint never got, because it was disabled or did not want them then. */
  @IsOptional()
  @IsBoolean()
  missed?: boolean;
}

export class DeliveryListQuery extends PageQuery {
  @IsOptional()
  @Transform(listed)
  @ArrayMaxSize(DELIVERY_STATES.length)
  @IsIn(DELIVERY_STATES, { each: true })
  state?: DeliveryState[];

  @IsOptional()
  @Transform(listed)
  @ArrayMaxSize(WEBHOOK_TYPES.length)
  @IsIn(WEBHOOK_TYPES, { each: true })
  type?: WebhookType[];

  /** Registration code of the lift. */
  @IsOptional()
  @Transform(storable)
  @Length(1, 64)
  lift?: string;

  /** ISO 8601 with a zone: made at or after it. */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(MOMENT, { message: `since ${NOT_MOMENT}` })
  since?: string;

  /** ISO 8601 with a zone: made before it. */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(MOMENT, { message: `until ${NOT_MOMENT}` })
  until?: string;
}

export class FeedQuery {
  /** `next` of the answer before; without it the oldest that is kept. */
  @IsOptional()
  @IsString()
  @Length(1, 512)
  after?: string;

  @IsOptional()
  @Transform(listed)
  @ArrayMaxSize(WEBHOOK_TYPES.length)
  @IsIn(WEBHOOK_TYPES, { each: true })
  types?: WebhookType[];

  /** District code or the beginning of one. */
  @IsOptional()
  @Matches(/^\d{1,12}$/, { message: 'district must be 1 to 12 digits' })
  district?: string;

  /** Seconds to wait for an event when there is none, 0 to 30. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(30)
  wait: number = 0;

  /** Events of an answer, 1 to 500; 100 when not given. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 100;
}
