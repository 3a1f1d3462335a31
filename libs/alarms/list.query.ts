import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsBoolean, IsIn, IsISO8601, IsOptional, Length, Matches } from 'class-validator';
import { PageQuery } from '#access';
import {
  ALARM_KINDS,
  ALARM_SOURCES,
  ALARM_STATES,
  type AlarmKind,
  type AlarmSource,
  type AlarmState,
  type Evidence,
  PRIORITIES,
  type Priority,
} from '#domain';
import { FAULT_KINDS, type FaultKind, QUARANTINE_REASONS, type QuarantineReason } from '#protocol';
import type { FaultRowState } from '#records';
import { flagOf, listOf, textOf, textsOf } from './query-values.js';

const FAULT_STATES: readonly FaultRowState[] = ['open', 'cleared', 'withdrawn', 'recorded', 'suppressed'];
const EVIDENCE: readonly Evidence[] = ['reported', 'inferred', 'behavioural'];
/** Districts or firms of one request. */
const PLACES_MAX = 50;
/** A district code or the beginning of one: it contains what lies below. */
const DISTRICT_PREFIX = /^\d{1,12}$/;

/**
 * Filters of `GET /alarms`; several values of one filter mean "any of these", several filters mean "all of
 * these".
 */
export class AlarmListQuery extends PageQuery {
  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(ALARM_STATES.length)
  @IsIn(ALARM_STATES, { each: true })
  state?: AlarmState[];

  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(PRIORITIES.length)
  @IsIn(PRIORITIES, { each: true })
  priority?: Priority[];

  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(ALARM_KINDS.length)
  @IsIn(ALARM_KINDS, { each: true })
  kind?: AlarmKind[];

  /** What it comes from: a fault, a broken rate, a disabled webhook endpoint. */
  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(ALARM_SOURCES.length)
  @IsIn(ALARM_SOURCES, { each: true })
  source?: AlarmSource[];

  /** District codes or prefixes of them. */
  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(PLACES_MAX)
  @Matches(DISTRICT_PREFIX, { each: true, message: 'district must be 1 to 12 digits' })
  district?: string[];

  /** Ids of maintenance firms. */
  @IsOptional()
  @Transform(textsOf)
  @ArrayMaxSize(PLACES_MAX)
  @Length(1, 64, { each: true })
  firm?: string[];

  /** Registration code of the lift. */
  @IsOptional()
  @Transform(textOf)
  @Length(1, 64)
  lift?: string;

  /** `true` = not closed; `false` = closed. */
  @IsOptional()
  @Transform(flagOf)
  @IsBoolean()
  open?: boolean;
}

/** Filters of `GET /faults`. */
export class FaultListQuery extends PageQuery {
  @IsOptional()
  @Transform(textOf)
  @Length(1, 64)
  lift?: string;

  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(FAULT_KINDS.length)
  @IsIn(FAULT_KINDS, { each: true })
  kind?: FaultKind[];

  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(FAULT_STATES.length)
  @IsIn(FAULT_STATES, { each: true })
  state?: FaultRowState[];

  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(EVIDENCE.length)
  @IsIn(EVIDENCE, { each: true })
  evidence?: Evidence[];

  /** District code or prefix of one. */
  @IsOptional()
  @Matches(DISTRICT_PREFIX, { message: 'district must be 1 to 12 digits' })
  district?: string;

  /** ISO 8601: faults raised at or after it. Without a zone it would mean another moment on each server. */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/, {
    message: 'since must be a moment such as 2026-05-01T08:00:00Z or 2026-05-01T16:00:00+08:00',
  })
  since?: string;
}

/**
 * Filters of `GET /quarantine`. A page has at most 100 messages, whatever its `limit`: each may have 64 KiB.
 */
export class QuarantineListQuery extends PageQuery {
  @IsOptional()
  @Transform(listOf)
  @ArrayMaxSize(QUARANTINE_REASONS.length)
  @IsIn(QUARANTINE_REASONS, { each: true })
  reason?: QuarantineReason[];

  @IsOptional()
  @Transform(textOf)
  @Length(1, 64)
  terminal?: string;

  @IsOptional()
  @Transform(textOf)
  @Length(1, 64)
  lift?: string;
}
