import { type Kysely, type RawBuilder, sql } from 'kysely';
import { DISTRICT_DIGITS, indicator, isDistrictScope, type RateRule } from '#domain';
import type { Schema } from '#records';
import type { TestFact } from './backtest-memory.js';
import { metricsOf, needsOf, tokensFor } from './figure-needs.js';
import { watches } from './rule-rows.js';
import { PARTED_KINDS, readScope } from './scope-keys.js';
import { SCOPE_COLUMNS } from './scope-rows.js';

/** Facts of one page: read in some 50 ms, while the page before is put to the rule. */
const FACTS_PAGE_MAX = 10_000;

/** Where a page ends, in the order of the ledger. */
export type FactPlace = readonly [at: number, source: string, id: string];

/** A column of a page; null = not read, or of no rows. */
type Column<T> = readonly T[] | null;

/** Facts by column: a million objects of a dozen fields take longer to make than the rule takes. */
interface PackedFacts {
  readonly at: Column<number>;
  /** Place in the metrics that the rule asked for, from 1. */
  readonly metric: Column<number>;
  readonly flags: Column<readonly string[] | null>;
  readonly lift: Column<string>;
  readonly weight: Column<number>;
  readonly official: Column<boolean>;
  readonly answer: Column<number | null>;
  readonly arrival: Column<number | null>;
  readonly release: Column<number | null>;
  readonly part: Column<string | null>;
  readonly county: Column<string>;
  readonly last: FactPlace | null;
}

/** A page of facts in the order of time. */
export interface FactPage {
  readonly length: number;
  /** The fact at `place`, below `length`. */
  readonly fact: (place: number) => TestFact;
  /** The scopes of the rule's kind and filter that it counts under. */
  readonly keys: (place: number) => readonly string[];
  /** Where the next page begins; null when this is the last one. */
  readonly next: FactPlace | null;
}

/** Reads the facts of one rule page by page. */
export class FactReader {
  private readonly metrics: readonly string[];
  private readonly needs;
  private readonly parted: boolean;
  /** Scopes by what of a fact decides them: as many as the rule has scopes, and not as many as facts. */
  private readonly keysByPart = new Map<string, readonly string[]>();

  constructor(
    private readonly db: Kysely<Schema>,
    private readonly rule: RateRule,
    private readonly until: number,
    private readonly pageMax = FACTS_PAGE_MAX,
  ) {
    const wanted = indicator(rule.indicator, rule.parameters);
    const tokens = [...new Set(metricsOf(wanted).flatMap(tokensFor))];
    const flagged = tokens.some((token) => token.startsWith('maintenance.'));
    this.metrics = flagged ? [...new Set([...tokens, 'maintenance.due'])] : tokens;
    const { orderTimes, lifts } = needsOf([wanted]);
    this.needs = { flagged, orderTimes, lifts: lifts.size > 0 };
    this.parted = rule.scopeKind === 'site' || PARTED_KINDS.some((kind) => kind === rule.scopeKind);
  }

  /** The next facts after a place. */
  async read([at, source, id]: FactPlace): Promise<FactPage> {
    const { scopeFilter: filter } = this.rule;
    const district = filter !== null && 'district' in filter ? filter.district : null;
    const within =
      district === null ? sql`true` : sql`district >= ${district} and district < ${`${district}:`}`;
    const { rows } = await sql<PackedFacts>`
      with fact as materialized (
        select at, source, id, metric, flags, lift, weight, official, answer_ms, arrival_ms, release_ms,
          ${partOf(this.rule)} as part, left(district, 6) as county
        from indicator_fact
        where metric = any(${this.metrics}::text[]) and provisional and at < ${new Date(this.until)}
          and ${within} and (at, source, id) > (${new Date(at)}::timestamptz, ${source}, ${id})
        order by at, source, id limit ${this.pageMax}
      )
      select ${sql.join(this.columns())},
        (select json_build_array(${MS}, source, id) from fact offset ${this.pageMax - 1} limit 1) as last
      from fact`.execute(this.db);
    const [page] = rows;
    if (page === undefined) throw new Error('An aggregate without groups answers one row.');
    return this.pageOf(page);
  }

  private columns(): readonly RawBuilder<unknown>[] {
    const { flagged, orderTimes, lifts } = this.needs;
    const column = (name: string, of: RawBuilder<unknown>, isNeeded = true) =>
      isNeeded ? sql`json_agg(${of}) as ${sql.ref(name)}` : sql`null as ${sql.ref(name)}`;
    return [
      column('at', MS),
      column('metric', sql`array_position(${this.metrics}::text[], metric)`),
      column('flags', sql`nullif(flags, '{}')`, flagged),
      column('lift', sql`lift`, lifts),
      column('weight', sql`weight`),
      column('official', sql`official`),
      column('answer', sql`answer_ms`, orderTimes),
      column('arrival', sql`arrival_ms`, orderTimes),
      column('release', sql`release_ms`, orderTimes),
      column('part', sql`part`),
      column('county', sql`county`, this.parted),
    ];
  }

  private pageOf(page: PackedFacts): FactPage {
    const { at, metric, flags, lift, weight, official, answer, arrival, release, part, county } = page;
    return {
      length: at?.length ?? 0,
      fact: (place) => ({
        at: at?.[place] ?? 0,
        metric: this.metrics[(metric?.[place] ?? 0) - 1] ?? '',
        flags: flags?.[place] ?? NO_FLAGS,
        lift: lift?.[place] ?? '',
        weight: weight?.[place] ?? 0,
        official: official?.[place] ?? false,
        answerMs: answer?.[place] ?? null,
        arrivalMs: arrival?.[place] ?? null,
        releaseMs: release?.[place] ?? null,
      }),
      keys: (place) => this.keysOf(part?.[place] ?? null, county?.[place] ?? ''),
      next: page.last,
    };
  }

  private keysOf(part: string | null, county: string): readonly string[] {
    if (part === null) return NO_KEYS;
    const known = this.keysByPart.get(`${county}\n${part}`);
    if (known !== undefined) return known;
    const { scopeKind: kind } = this.rule;
    const keys = kind === 'site' ? [`site:${part}@${county}`] : [`${kind}:${part}`];
    if (this.parted && kind !== 'site') keys.push(`${kind}:${part}@${county}`);
    const watched = keys.filter((key) => {
      const scope = readScope(key);
      return scope !== null && watches(this.rule, scope);
    });
    this.keysByPart.set(`${county}\n${part}`, watched);
    return watched;
  }
}

const NO_FLAGS: readonly string[] = [];
const NO_KEYS: readonly string[] = [];

/** `at` as ms: in binary fractions, which are exact enough to round and a tenth of the price of decimals. */
const MS = sql`(date_part('epoch', at) * 1000)::bigint`;

/** What of a fact names its scope of the rule's kind. */
function partOf({ scopeKind: kind }: RateRule) {
  if (isDistrictScope(kind)) {
    const digits = DISTRICT_DIGITS[kind];
    return sql`case when length(district) >= ${digits}::integer then left(district, ${digits}::integer) end`;
  }
  if (kind === 'all') return sql`'all'`;
  return sql.ref(SCOPE_COLUMNS[kind]);
}
