import { type CorrectionReason, type RateRule, shanghaiDay } from '#domain';
import type { Tx } from '#records';
import { type Fact, type FactCore, sameFact, withDims } from './fact.js';
import { factKey, lockFactsOfLifts, readLedger, readSpans, replaceSpans } from './ledger-rows.js';
import type { LedgerWrites } from './ledger-writes.js';
import { readRulesAt } from './rules-at-places.js';
import type { Dims } from './scope-keys.js';
import { type LiftBook, type Span, sameDims, sameSpan, spanAt, spansOf } from './spans.js';
import { Tally } from './tally.js';

/** What may have become of one fact. */
export interface FactChange {
  readonly source: FactCore['source'];
  readonly id: string;
  readonly lift: string;
  /** The fact as it is from now on, made of what is stored; null = it stays as it is. */
  readonly next: (before: Fact | null) => FactCore | null;
  /** Why a fact that counted already counts otherwise now. */
  readonly correction: CorrectionReason;
  /** Whose it was when the lift is in no book. */
  readonly owner: Pick<Dims, 'district' | 'firm'>;
}

/** Scopes whose figures may have changed, and why facts that had been counted were; null = they only grew. */
export type Touched = ReadonlyMap<string, CorrectionReason | null>;

/** What changes: to be written in the same transaction, while figures are read (`putToRules`). */
export interface LedgerChange {
  readonly touched: Touched;
  readonly writes: LedgerWrites;
  /** Those that watch touched scopes, and more of the same places. */
  readonly rules: readonly RateRule[];
}

const NOTHING: LedgerChange = {
  touched: new Map(),
  writes: { facts: [], sums: new Tally(), ofLifts: new Tally() },
  rules: [],
};

/** Most facts or lifts of one call: keeps a page of events far below a second. */
export const LEDGER_BATCH_MAX = 500;

/**
 * What writes facts and keeps the sums in step: what was counted is taken out as it was put in, under the
 * scopes it has in the ledger. Throws a RangeError for more than 500.
 */
export async function applyFacts(tx: Tx, changes: readonly FactChange[], now: number): Promise<LedgerChange> {
  mustFit(changes.length);
  if (changes.length === 0) return NOTHING;
  const lifts = [...new Set(changes.map(({ lift }) => lift))];
  const owners = [...new Set(changes.map(({ owner }) => owner.district))];
  const { facts: stored, spans, rules } = await readLedger(tx, changes, lifts, owners);
  const work = new LedgerWork(shanghaiDay(now));
  // Several changes may be of one fact: each meets what the one before made of it.
  const facts = new Map(stored);
  for (const change of changes) {
    const before = facts.get(factKey(change)) ?? null;
    const core = change.next(before);
    if (core === null) continue;
    const after = withDims(core, dimsFor(core, spans.get(core.lift) ?? [], change.owner));
    work.replace(before, after, change.correction);
    facts.set(factKey(change), after);
  }
  return work.change(rules);
}

/**
 * Brings the spans of these lifts in line with the books; what is answered moves their facts to the scopes
 * they now had. Throws a RangeError for more than 500.
 */
export async function refileLifts(tx: Tx, books: readonly LiftBook[], now: number): Promise<LedgerChange> {
  mustFit(books.length);
  if (books.length === 0) return NOTHING;
  const stored = await readSpans(
    tx,
    books.map(({ lift }) => lift),
  );
  const work = new LedgerWork(shanghaiDay(now));
  const changed = new Map<string, readonly Span[]>();
  for (const book of books) {
    const before = stored.get(book.lift) ?? [];
    const after = spansOf(book);
    if (before.length === after.length && before.every((span, place) => isSame(span, after[place]))) continue;
    changed.set(book.lift, after);
    work.respan(book.lift, before, after);
  }
  const lifts = [...changed.keys()];
  if (lifts.length === 0) return NOTHING;
  await replaceSpans(tx, lifts, [...changed.values()].flat());
  for (const fact of await lockFactsOfLifts(tx, lifts)) {
    const dims = dimsFor(fact, changed.get(fact.lift) ?? [], fact.dims);
    if (!sameDims(dims, fact.dims)) work.replace(fact, { ...fact, dims }, 'exposure-corrected');
  }
  return work.change(await readRulesAt(tx, [...work.districts]));
}

/** Gathers what a call changes. */
class LedgerWork {
  /** Where something changed. */
  readonly districts = new Set<string>();
  private readonly sums = new Tally();
  private readonly ofLifts = new Tally();
  /** By `factKey`, as they are in the end. */
  private readonly facts = new Map<string, Fact>();
  private readonly touched = new Map<string, CorrectionReason | null>();

  constructor(private readonly today: number) {}

  replace(before: Fact | null, after: Fact, correction: CorrectionReason): void {
    if (before !== null && sameFact(before, after)) return;
    const own = new Tally();
    if (before !== null) {
      own.fact(before, -1);
      this.ofLifts.fact(before, -1, [`lift:${before.lift}`]);
      this.districts.add(before.dims.district);
    }
    own.fact(after, 1);
    this.ofLifts.fact(after, 1, [`lift:${after.lift}`]);
    this.districts.add(after.dims.district);
    this.sums.add(own);
    this.facts.set(factKey(after), after);
    const { counts, exposure } = own;
    const shrank = counts.some(({ provisional }) => provisional < 0);
    const late = before === null && after.day < this.today;
    const why = shrank || (before !== null && counts.some(({ day }) => day < this.today)) ? correction : null;
    this.touch([...counts, ...exposure], `lift:${after.lift}`, why ?? (late ? 'late-data' : null));
  }

  respan(lift: string, before: readonly Span[], after: readonly Span[]): void {
    const own = new Tally();
    for (const [spans, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      for (const span of spans) {
        own.span(span, sign);
        this.districts.add(span.dims.district);
      }
    }
    this.sums.add(own);
    const { exposure } = own;
    const past = exposure.some(({ day }) => day < this.today);
    this.touch(exposure, `lift:${lift}`, past ? 'exposure-corrected' : null);
  }

  change(rules: readonly RateRule[]): LedgerChange {
    const { touched, sums, ofLifts } = this;
    return { touched, writes: { facts: [...this.facts.values()], sums, ofLifts }, rules };
  }

  private touch(
    changes: readonly { readonly scope: string }[],
    lift: string,
    why: CorrectionReason | null,
  ): void {
    for (const scope of new Set([...changes.map(({ scope }) => scope), lift])) {
      this.touched.set(scope, why ?? this.touched.get(scope) ?? null);
    }
  }
}

function dimsFor(
  fact: Pick<FactCore, 'at'>,
  spans: readonly Span[],
  owner: Pick<Dims, 'district' | 'firm'>,
): Dims {
  const { district, firm } = owner;
  const nobody = { district, firm, user: null, site: null, maker: null, useKind: null, ageBand: null };
  return spanAt(spans, fact.at)?.dims ?? nobody;
}

function isSame(span: Span, other: Span | undefined): boolean {
  return other !== undefined && sameSpan(span, other);
}

function mustFit(length: number): void {
  if (length > LEDGER_BATCH_MAX) {
    throw new RangeError(
      `${length} changes of the ledger at once; at most ${LEDGER_BATCH_MAX}: cut them up.`,
    );
  }
}
