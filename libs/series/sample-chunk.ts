import { BOOLEAN, DOUBLE, DuckDBDataChunk, type DuckDBType, UINTEGER, VARCHAR } from '@duckdb/node-api';
import duckdb, { type DataChunk, type LogicalType, type Vector } from '@duckdb/node-bindings';
import { SAMPLE_COLUMNS, type SampleColumn } from './sample-columns.js';
import type { SeriesPoint } from './series.store.js';
import { BYTE_CODES_MAX, TextDictionary } from './text-dictionary.js';

/** DuckDB's vector size: a data chunk takes no more rows. */
export const CHUNK_ROWS = 2048;

const logical = (type: DuckDBType): LogicalType => type.toLogicalType().logical_type;

/** What a column's values are handed over as; the appender casts them to the column's own type. */
const HANDED_AS: Readonly<Record<SampleColumn['type'], LogicalType>> = {
  VARCHAR: logical(VARCHAR),
  BOOLEAN: logical(BOOLEAN),
  UINTEGER: logical(UINTEGER),
  // Every safe integer is a DOUBLE; a BigInt for each would be an allocation a row.
  BIGINT: logical(DOUBLE),
  DOUBLE: logical(DOUBLE),
};

interface TextColumn {
  readonly dictionary: TextDictionary;
  readonly codes: Uint16Array;
  /** The rows' texts when some may have no code. */
  readonly texts: (string | null)[];
  /** Set for each chunk: the codes' type, or null when the texts go as they are. */
  made: { readonly type: LogicalType; readonly size: number } | null;
}

/**
 * Makes DuckDB's chunks of points: a column at a time into typed arrays, each copied as one block. The
 * driver's own way, a call and a check a value, takes twice as long (measured, CHANGELOG).
 */
export class SampleChunks {
  private readonly valid = new Uint8Array(CHUNK_ROWS / 8);
  private readonly doubles = new Float64Array(CHUNK_ROWS);
  private readonly integers = new Uint32Array(CHUNK_ROWS);
  private readonly bytes = new Uint8Array(CHUNK_ROWS);
  private readonly textColumns = new Map<SampleColumn, TextColumn>();

  /**
   * Of at most {@link CHUNK_ROWS} points. Throws RangeError, naming the field and the value, for one that
   * cannot be stored.
   */
  make(rows: readonly SeriesPoint[]): DuckDBDataChunk {
    const types = SAMPLE_COLUMNS.map((column) => this.typeOf(column, rows));
    const chunk = duckdb.create_data_chunk(types);
    duckdb.data_chunk_set_size(chunk, rows.length);
    SAMPLE_COLUMNS.forEach((column, index) => {
      this.valid.fill(0xff);
      const hasNull = this.fill(column, vectorOf(chunk, index), rows);
      if (hasNull) this.copyValidity(vectorOf(chunk, index), rows.length);
    });
    return new DuckDBDataChunk(chunk);
  }

  private typeOf(column: SampleColumn, rows: readonly SeriesPoint[]): LogicalType {
    if (column.type !== 'VARCHAR') return HANDED_AS[column.type];
    const texts = this.textColumn(column);
    const { dictionary, codes } = texts;
    dictionary.trim();
    let greatest = -1;
    let fits = true;
    rows.forEach((point, row) => {
      const text = column.value(point);
      texts.texts[row] = text;
      if (text === null || !fits) return;
      const code = dictionary.codeOf(text);
      if (code === null) {
        fits = false;
        return;
      }
      codes[row] = code;
      if (code > greatest) greatest = code;
    });
    texts.made = fits ? dictionary.typeFor(greatest, rows.length) : null;
    return texts.made?.type ?? HANDED_AS.VARCHAR;
  }

  /** True when a row is null. */
  private fill(column: SampleColumn, vector: Vector, rows: readonly SeriesPoint[]): boolean {
    switch (column.type) {
      case 'VARCHAR':
        return this.fillTexts(this.textColumn(column), vector, rows.length);
      case 'BOOLEAN':
        return this.fillFlags(column.value, vector, rows);
      case 'UINTEGER':
        return this.fillNumbers(column.value, this.integers, vector, rows);
      default:
        return this.fillNumbers(column.value, this.doubles, vector, rows);
    }
  }

  private fillNumbers(
    value: (point: SeriesPoint) => number | null,
    into: Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
    vector: Vector,
    rows: readonly SeriesPoint[],
  ): boolean {
    let hasNull = false;
    for (let row = 0; row < rows.length; row++) {
      const point = rows[row];
      const number = point === undefined ? null : value(point);
      if (number === null) {
        hasNull = true;
        this.setNull(row);
      } else {
        into[row] = number;
      }
    }
    copy(vector, into, rows.length);
    return hasNull;
  }

  private fillFlags(
    value: (point: SeriesPoint) => boolean | null,
    vector: Vector,
    rows: readonly SeriesPoint[],
  ): boolean {
    let hasNull = false;
    rows.forEach((point, row) => {
      const flag = value(point);
      this.bytes[row] = flag === true ? 1 : 0;
      if (flag !== null) return;
      hasNull = true;
      this.setNull(row);
    });
    copy(vector, this.bytes, rows.length);
    return hasNull;
  }

  private fillTexts({ made, codes, texts }: TextColumn, vector: Vector, rows: number): boolean {
    const small = made !== null && made.size <= BYTE_CODES_MAX;
    let hasNull = false;
    for (let row = 0; row < rows; row++) {
      const text = texts[row] ?? null;
      if (text === null) {
        hasNull = true;
        this.setNull(row);
        // A stale code may be one that the type does not have.
        codes[row] = 0;
      } else if (made === null) {
        duckdb.vector_assign_string_element(vector, row, text);
      }
      if (small) this.bytes[row] = codes[row] ?? 0;
    }
    if (made !== null) copy(vector, small ? this.bytes : codes, rows);
    return hasNull;
  }

  private textColumn(column: SampleColumn): TextColumn {
    const known = this.textColumns.get(column);
    if (known !== undefined) return known;
    const made: TextColumn = {
      dictionary: new TextDictionary(),
      codes: new Uint16Array(CHUNK_ROWS),
      texts: [],
      made: null,
    };
    this.textColumns.set(column, made);
    return made;
  }

  private setNull(row: number): void {
    const place = row >> 3;
    this.valid[place] = (this.valid[place] ?? 0) & ~(1 << (row & 7));
  }

  private copyValidity(vector: Vector, rows: number): void {
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.valid.buffer, 0, Math.ceil(rows / 64) * 8);
  }
}

function vectorOf(chunk: DataChunk, index: number): Vector {
  return duckdb.data_chunk_get_vector(chunk, index);
}

function copy(vector: Vector, values: Uint8Array | Uint16Array | Uint32Array | Float64Array, rows: number) {
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = values as Float64Array<ArrayBuffer>;
  duckdb.copy_data_to_vector(vector, 0, buffer, byteOffset, rows * BYTES_PER_ELEMENT);
}
