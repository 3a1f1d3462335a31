import duckdb, { type LogicalType } from '@duckdb/node-bindings';

/** Fewer than a 16-bit code tells apart; as many texts as lifts of a county. */
const TEXTS_MAX = 16_384;
/** Longer texts are told apart at more cost than they are copied. */
const LENGTH_MAX = 64;
/** DuckDB takes the texts of an ENUM as C strings, and a lone surrogate as U+FFFD: two may become one. */
const UNFIT = /[\0\p{Cs}]/u;
/** DuckDB gives an ENUM of so many texts codes of one byte, larger ones codes of two. */
export const BYTE_CODES_MAX = 255;

/**
 * The texts a column repeats, as an ENUM type of DuckDB: its rows are then codes, which are copied as one
 * block, instead of a call into DuckDB a row (measured: 190 ns a text). It grows with the texts it meets. The
 * type is made again only once that many rows have been written without it, so that a column whose texts
 * never repeat costs little more than it did.
 */
export class TextDictionary {
  private readonly codes = new Map<string, number>();
  private made: { readonly type: LogicalType; readonly size: number } | null = null;
  private rowsWithout = 0;

  /** Code of a text; null when it can have none. */
  codeOf(text: string): number | null {
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    if (text.length > LENGTH_MAX || UNFIT.test(text)) return null;
    const code = this.codes.size;
    this.codes.set(text, code);
    return code;
  }

  /** Type that has all codes up to `greatest` (−1: none), or null: write these `rows` rows as texts. */
  typeFor(greatest: number, rows: number): { readonly type: LogicalType; readonly size: number } | null {
    if (this.made !== null && greatest < this.made.size) return this.made;
    // An ENUM needs a text even for rows that are all null; kept, it would be the first real text's code.
    if (this.codes.size === 0) return { type: duckdb.create_enum_type(['']), size: 1 };
    this.rowsWithout += rows;
    if (this.rowsWithout < this.codes.size) return null;
    this.rowsWithout = 0;
    const texts = [...this.codes.keys()];
    this.made = { type: duckdb.create_enum_type(texts), size: texts.length };
    return this.made;
  }

  /** To be called between chunks: starts anew when full. */
  trim(): void {
    if (this.codes.size <= TEXTS_MAX) return;
    this.codes.clear();
    this.made = null;
    this.rowsWithout = 0;
  }
}
