import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  decodeCursor,
  entityTag,
  type Page,
  type PageQuery,
  type Principal,
  pageOf,
  problem,
  scopeFilter,
} from '#access';
import { Records } from '#records';
import type { WriteMode } from './decide-lift.js';
import { refusalProblem } from './fleet-problems.js';
import { NAMED_BOOKS, type NamedBook, type NamedWant, writeNamed } from './named-rows.js';

/** A firm or a user as the API shows it. */
export interface NamedView {
  readonly id: string;
  readonly name: string;
  /** Counts the changes; the first part of the ETag. */
  readonly version: number;
}

/** Districts, firms and users: reading and writing behind their three controllers. */
@Injectable()
export class NamedBooks {
  constructor(private readonly records: Records) {}

  /** Throws the problem of a refused write. Sets the ETag of the answer. */
  async write(
    book: NamedBook,
    want: NamedWant,
    mode: WriteMode,
    caller: Principal,
    response: Response,
  ): Promise<NamedView> {
    const outcome = await this.records.write(async (tx) => {
      const { outcomes, events } = await writeNamed(tx, book, [want], mode, caller.label);
      return { result: outcomes[0], events };
    });
    if (outcome === undefined) throw new Error(`No outcome of a write to ${book}.`);
    if (outcome.outcome === 'refused') throw refusalProblem(outcome.refusal);
    const view = { id: want.id, name: want.name, version: outcome.version };
    response.setHeader('ETag', entityTag(view.version, view));
    return view;
  }

  async list(book: NamedBook, query: PageQuery, caller: Principal): Promise<Page<NamedView>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const key = sql.ref(NAMED_BOOKS[book].key);
    const rows = await this.select(book, caller, sql<SqlBool>`${key} > ${after}`, query.limit + 1);
    return pageOf(rows, query.limit, ({ id }) => [id]);
  }

  /** Throws a 404 problem when there is none in the caller's scope. Sets the ETag of the answer. */
  async find(book: NamedBook, id: string, caller: Principal, response: Response): Promise<NamedView> {
    const key = sql.ref(NAMED_BOOKS[book].key);
    const [row] = await this.select(book, caller, sql<SqlBool>`${key} = ${id}`, 1);
    if (row === undefined) throw problem(404, 'Not Found', `No ${book} "${id}" in the scope of this key.`);
    response.setHeader('ETag', entityTag(row.version, row));
    return row;
  }

  private async select(
    book: NamedBook,
    caller: Principal,
    condition: RawBuilder<SqlBool>,
    limit: number,
  ): Promise<readonly NamedView[]> {
    const { table, key } = NAMED_BOOKS[book];
    const { rows } = await sql<NamedView>`
      select ${sql.ref(key)} as id, name, version from ${sql.table(table)}
      where ${visible(book, caller)} and ${condition} order by 1 limit ${limit}`.execute(this.records.db);
    return rows;
  }
}

/**
 * A district's key sees the districts below it and those that contain it; a firm's key sees where its lifts
 * are. A firm or user is seen by who sees one of its lifts, and a firm by itself.
 */
function visible(book: NamedBook, caller: Principal): RawBuilder<SqlBool> {
  const { scope } = caller;
  if (scope.kind === 'all') return sql<SqlBool>`true`;
  const lifts = scopeFilter(caller, 'lift');
  if (book === 'user')
    return sql<SqlBool>`exists (select from lift where lift.lift_user = lift_user.id and ${lifts})`;
  if (book === 'firm') {
    const own = scope.kind === 'firm' ? scope.firm : null;
    return sql<SqlBool>`(firm.id = ${own}::text
      or exists (select from lift where lift.firm = firm.id and ${lifts}))`;
  }
  if (scope.kind === 'district')
    return sql<SqlBool>`(starts_with(code, ${scope.prefix}) or starts_with(${scope.prefix}, code))`;
  return sql<SqlBool>`exists (
    select from lift where lift.firm = ${scope.firm} and starts_with(lift.district, district.code))`;
}
