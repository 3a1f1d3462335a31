import { DATUMS, type TextRule, USE_KINDS, type UseKind } from './lift-fields.js';

/** A value of a cell, or what the cell should have been. */
export type CellValue = string | number | null;

/** One column of an import: what it is called, and what a cell of it may hold. */
export interface ImportColumn {
  readonly field: string;
  /** Headings it goes by; the first of each language is the one we write. */
  readonly zh: readonly string[];
  readonly en: readonly string[];
  /** The file must have the column, and every row a value. */
  readonly required: boolean;
  /** Undefined = not acceptable. The cell is not empty. */
  readonly read: (cell: string) => CellValue | undefined;
  /** Continues "<heading> must be …". */
  readonly says: string;
}

interface Names {
  readonly field: string;
  readonly zh: readonly string[];
  readonly en?: readonly string[];
  readonly required?: boolean;
}

function column({ field, zh, en = [], required = false }: Names, says: string, read: ImportColumn['read']) {
  return { field, zh, en: [field, ...en], required, says, read };
}

/** A column of texts that obey a rule. */
export function textColumn(names: Names, rule: TextRule): ImportColumn {
  return column(names, rule.says, (cell) => (rule.accepts(cell) ? cell : undefined));
}

/** Degrees with a dot. */
export function degreesColumn(names: Names, max: number): ImportColumn {
  return column(names, `degrees from -${max} to ${max}`, (cell) => {
    const value = /^[+-]?\d{1,3}(\.\d{1,12})?$/.test(cell) ? Number(cell) : Number.NaN;
    return Math.abs(value) <= max ? value : undefined;
  });
}

/** A day as people write it: `2019-03-07`, `2019/3/7`, `2019.3.7`, `2019年3月7日`, `20190307`. */
export function dateColumn(names: Names, rule: TextRule): ImportColumn {
  return column(names, rule.says, (cell) => {
    const parts =
      /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(cell)?.filter((_part, place) => place !== 2) ??
      /^(\d{4})年(\d{1,2})月(\d{1,2})日$/.exec(cell) ??
      /^(\d{4})(\d{2})(\d{2})$/.exec(cell);
    if (parts == null) return undefined;
    const [, year = '', month = '', day = ''] = parts;
    const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    return rule.accepts(text) ? text : undefined;
  });
}

const USE_KIND_NAMES: ReadonlyMap<string, UseKind> = new Map([
  ['住宅', 'residential'],
  ['小区', 'residential'],
  ['安置房', 'resettlement'],
  ['保障房', 'affordable-housing'],
  ['保障性住房', 'affordable-housing'],
  ['商场', 'mall'],
  ['医院', 'hospital'],
  ['学校', 'school'],
  ['办公', 'office'],
  ['办公楼', 'office'],
  ['宾馆', 'hotel'],
  ['酒店', 'hotel'],
  ['交通场所', 'transport'],
  ['车站', 'transport'],
  ['工业', 'industrial'],
  ['工厂', 'industrial'],
  ['其他', 'other'],
]);

/** The word of the API, or its Chinese name. */
export function useKindColumn(names: Names): ImportColumn {
  const known = [...USE_KINDS, ...USE_KIND_NAMES.keys()].join(', ');
  return column(names, `one of ${known}`, (cell) => {
    return USE_KINDS.find((kind) => kind === cell.toLowerCase()) ?? USE_KIND_NAMES.get(cell);
  });
}

const DATUM_NAMES: ReadonlyMap<string, string> = new Map([
  ['WGS-84', 'WGS84'],
  ['GCJ02', 'GCJ-02'],
  ['BD09', 'BD-09'],
  ['火星坐标系', 'GCJ-02'],
  ['百度坐标系', 'BD-09'],
]);

export function datumColumn(names: Names): ImportColumn {
  return column(names, `one of ${DATUMS.join(', ')}`, (cell) => {
    const name = cell.toUpperCase();
    return DATUMS.find((datum) => datum === (DATUM_NAMES.get(name) ?? name));
  });
}

/** What a heading of a file means. */
export type Headings =
  | {
      readonly ok: true;
      /** By the place in the row; null for a column that is not ours. */
      readonly columns: readonly (ImportColumn | null)[];
      readonly headings: readonly string[];
      readonly ignored: readonly string[];
    }
  | { readonly ok: false; readonly errors: readonly { readonly field: string; readonly message: string }[] };

/** Finds the columns in a file's first row. A missing or doubled one refuses the file. */
export function readHeadings(cells: readonly string[], known: readonly ImportColumn[]): Headings {
  const headings = cells.map((cell) => cell.trim());
  const columns = headings.map((heading) => columnOf(heading, known));
  const errors = known.flatMap((each) => {
    const count = columns.filter((found) => found === each).length;
    const name = `"${each.en[0]}" (${each.zh[0]})`;
    if (count > 1)
      return [{ field: each.field, message: `column ${name} is there ${count} times: keep one` }];
    return each.required && count === 0 ? [{ field: each.field, message: `column ${name} is missing` }] : [];
  });
  if (errors.length > 0) return { ok: false, errors };
  const ignored = headings.filter((heading, place) => heading !== '' && columns[place] === null);
  return { ok: true, columns, headings, ignored };
}

/** Case, blanks, full-width forms and the punctuation between words do not matter in a heading. */
function plain(heading: string): string {
  return heading
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_\-*:]/g, '');
}

function columnOf(heading: string, known: readonly ImportColumn[]): ImportColumn | null {
  const wanted = plain(heading);
  return known.find(({ zh, en }) => [...zh, ...en].some((name) => plain(name) === wanted)) ?? null;
}

/** One word of a list, or one of its other names. */
export function choiceColumn(
  names: Names,
  words: readonly string[],
  others: ReadonlyMap<string, string>,
): ImportColumn {
  const known = [...words, ...others.keys()].join(', ');
  return column(names, `one of ${known}`, (cell) => {
    return words.find((word) => word === cell.toLowerCase()) ?? others.get(cell);
  });
}

/** `true`, `false` or their other names; read as 1 and 0. */
export function flagColumn(names: Names, yes: readonly string[], no: readonly string[]): ImportColumn {
  return column(names, `one of true, false, ${[...yes, ...no].join(', ')}`, (cell) => {
    const word = cell.toLowerCase();
    if (word === 'true' || yes.includes(cell)) return 1;
    return word === 'false' || no.includes(cell) ? 0 : undefined;
  });
}

export function wholeColumn(names: Names, min: number, max: number): ImportColumn {
  return column(names, `a whole number from ${min} to ${max}`, (cell) => {
    const value = /^\d{1,9}$/.test(cell) ? Number(cell) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** Day, time of day, and the zone when it is not China's. */
const INSTANT = new RegExp(
  [
    '^(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})',
    '(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2})?$',
  ].join('[ T]'),
);

/**
 * A moment: `2026-02-03 08:05`, with seconds or `T` or `/` as people write it, in China time unless it ends
 * with `Z` or an offset. Read as ISO 8601 in UTC.
 */
export function instantColumn(names: Names): ImportColumn {
  return column(names, 'a time like 2026-02-03 08:05, in China time', (cell) => {
    const parts = INSTANT.exec(cell);
    if (parts === null) return undefined;
    const [, year, month = '', day = '', hour = '', minute, second = '00', zone = '+08:00'] = parts;
    const two = (text: string) => text.padStart(2, '0');
    const date = `${year}-${two(month)}-${two(day)}`;
    const at = Date.parse(`${date}T${two(hour)}:${minute}:${second}${zone}`);
    // 30 February would roll over into March.
    if (Number.isNaN(at)) return undefined;
    const isDay = new Date(Date.parse(`${date}T00:00:00Z`)).toISOString().slice(0, 10) === date;
    return isDay ? new Date(at).toISOString() : undefined;
  });
}
