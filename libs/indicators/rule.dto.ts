import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
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
import {
  FIGURE_EVIDENCE,
  type FigureEvidence,
  INDICATOR_IDS,
  INDICATORS,
  type IndicatorFacts,
  type IndicatorId,
  type RateRule,
  SCOPE_KINDS,
  type ScopeKind,
  TARGET_DIRECTIONS,
  type TargetDirection,
} from '#domain';

const WINDOW_PERIODS = ['month', 'quarter', 'year'] as const;
/** Most scopes that a rule names. */
const IDS_MAX = 200;

/** A rule without its name. What is absent has its default; a change gives all of it again. */
export class RuleBodyDto {
  @IsIn(INDICATOR_IDS)
  indicator!: IndicatorId;

  /** The rule watches every scope of this kind, or those that `district` or `ids` name. */
  @IsIn(SCOPE_KINDS)
  scopeKind!: ScopeKind;

  /** District code of 2, 4, 6, 9 or 12 digits: scopes in it. */
  @IsOptional()
  @Matches(/^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$/, { message: 'district must be 2, 4, 6, 9 or 12 digits' })
  district?: string;

  /** Ids of scopes of the kind, at most 200. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(IDS_MAX)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  ids?: string[];

  /** In the indicator's unit, 0 or more. */
  @IsNumber()
  @Min(0)
  threshold!: number;

  @IsIn(TARGET_DIRECTIONS)
  direction!: TargetDirection;

  /** Days that end with today, 1 to 366; or give `windowPeriod`. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(366)
  windowDays?: number;

  /** The running month, quarter or year. */
  @IsOptional()
  @IsIn(WINDOW_PERIODS)
  windowPeriod?: (typeof WINDOW_PERIODS)[number];

  /** In the denominator's units; the indicator's own when absent. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  minimumExposure?: number;

  /** How much better than the threshold a breached figure must become; 0 when absent. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  hysteresis?: number;

  /** How long it must stay beyond or back, minutes; 0 when absent, at most 92 days. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(92 * 1_440)
  holdMinutes?: number;

  /** Provisional when absent: an alarm must not wait for orders to be closed. */
  @IsOptional()
  @IsIn(FIGURE_EVIDENCE)
  evidence?: FigureEvidence;

  /** Parameter of indicators that have a limit. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  limitMinutes?: number;

  /** Parameter of indicators that count repeats. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  atLeast?: number;

  /** False keeps the rule without running it; true when absent. */
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}

export class NewRuleDto extends RuleBodyDto {
  /** 1 to 64 of a–z 0–9 -, a letter or digit first. */
  @Matches(/^[a-z0-9][a-z0-9-]{0,63}$/, {
    message: 'id must be 1 to 64 of a–z 0–9 -, a letter or digit first',
  })
  id!: string;
}

export class BacktestDto extends RuleBodyDto {
  /** "Had this rule been in force since": a time, at most 400 days ago. */
  @IsISO8601({ strict: true })
  from!: string;
}

/** The rule that a DTO asks for. */
export function ruleOf(id: string, version: number, dto: RuleBodyDto): RateRule {
  const facts: IndicatorFacts = INDICATORS[dto.indicator];
  const { district, ids, windowDays, windowPeriod, limitMinutes, atLeast } = dto;
  return {
    id,
    version,
    indicator: dto.indicator,
    parameters: {
      ...(limitMinutes != null && { limitMinutes }),
      ...(atLeast != null && { atLeast }),
    },
    evidence: dto.evidence ?? (facts.evidence.includes('provisional') ? 'provisional' : 'official'),
    scopeKind: dto.scopeKind,
    scopeFilter: ids != null ? { ids } : district != null ? { district } : null,
    threshold: dto.threshold,
    direction: dto.direction,
    window:
      windowPeriod != null
        ? { kind: 'period', period: windowPeriod }
        : { kind: 'days', days: windowDays ?? 30 },
    minimumExposure: dto.minimumExposure ?? facts.minimumExposure,
    hysteresis: dto.hysteresis ?? 0,
    holdMs: (dto.holdMinutes ?? 0) * 60_000,
    enabled: dto.enabled ?? true,
  };
}
