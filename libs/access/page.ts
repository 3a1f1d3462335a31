import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { problem } from './problem.js';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 500;
const CURSOR_LENGTH_MAX = 512;

/** The query every list takes. */
export class PageQuery {
  /** Items on a page, 1 to 500; 100 when not given. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = LIMIT_DEFAULT;

  /** `next` of the page before; without it the first page. */
  @IsOptional()
  @IsString()
  @MaxLength(CURSOR_LENGTH_MAX)
  cursor?: string;
}

/** A page of a list. `next` is null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

interface PartTypes {
  string: string;
  number: number;
}
type PartType = keyof PartTypes;
type Parts<T extends readonly PartType[]> = { -readonly [K in keyof T]: PartTypes[T[K]] };

/** Where a list goes on, as text that promises nothing about its inside: the sort key of the last item. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * The sort key in `cursor`, or null for the first page: `decodeCursor(query.cursor, ['number', 'string'])`.
 * Throws a 400 problem for a text that `encodeCursor` did not make for this list.
 */
export function decodeCursor<const T extends readonly PartType[]>(
  cursor: string | undefined,
  types: T,
): Parts<T> | null {
  if (cursor === undefined) return null;
  const parts = parseJson(Buffer.from(cursor, 'base64url').toString());
  const fits =
    Array.isArray(parts) &&
    parts.length === types.length &&
    types.every((type, place) => typeof parts[place] === type);
  if (!fits) {
    throw problem(
      400,
      'Bad cursor',
      'The cursor is not one of this list: pass "next" of the page before, unchanged.',
    );
  }
  return parts as Parts<T>;
}

/**
 * The page of a query that asked for one row more than `limit`: the extra row says that there is a next page.
 */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  sortKey: (row: T) => readonly (string | number)[],
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(sortKey(last)) : null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
