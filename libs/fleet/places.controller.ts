import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  Allow,
  CurrentPrincipal,
  decodeCursor,
  type Page,
  PageQuery,
  type Principal,
  pageOf,
  problem,
  ROLES,
  scopeFilter,
} from '#access';
import { type DistrictTable, type FirmTable, Records } from '#records';
import { NewDistrictDto, NewFirmDto } from './fleet.dto.js';

/** Administrative districts. */
@Controller('api/v1/districts')
export class DistrictController {
  constructor(private readonly records: Records) {}

  @Post()
  @Allow('admin')
  async create(@Body() { code, name }: NewDistrictDto): Promise<DistrictTable> {
    const row = await this.records.db
      .insertInto('district')
      .values({ code, name })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw problem(409, 'Duplicate', `District ${code} exists already.`);
    return row;
  }

  @Get()
  @Allow(...ROLES)
  async list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<DistrictTable>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = await this.records.db
      .selectFrom('district')
      .selectAll()
      .where(districtsOf(caller))
      .where('code', '>', after)
      .orderBy('code')
      .limit(query.limit + 1)
      .execute();
    return pageOf(rows, query.limit, (district) => [district.code]);
  }
}

/** A district's key sees what lies below it and what contains it; a firm's key sees where its lifts are. */
function districtsOf(caller: Principal): RawBuilder<SqlBool> {
  const { scope } = caller;
  switch (scope.kind) {
    case 'all':
      return sql<SqlBool>`true`;
    case 'district':
      return sql<SqlBool>`(starts_with(code, ${scope.prefix}) or starts_with(${scope.prefix}, code))`;
    case 'firm':
      return sql<SqlBool>`exists (
        select from lift where lift.firm = ${scope.firm} and starts_with(lift.district, district.code))`;
  }
}

/** Maintenance firms. */
@Controller('api/v1/firms')
export class FirmController {
  constructor(private readonly records: Records) {}

  @Post()
  @Allow('admin')
  async create(@Body() { id, name }: NewFirmDto): Promise<FirmTable> {
    const row = await this.records.db
      .insertInto('firm')
      .values({ id, name })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw problem(409, 'Duplicate', `Firm "${id}" exists already.`);
    return row;
  }

  /** A firm is seen by who sees one of its lifts, and by itself. */
  @Get()
  @Allow(...ROLES)
  async list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<FirmTable>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const { scope } = caller;
    const seen = sql<SqlBool>`exists (
      select from lift where lift.firm = firm.id and ${scopeFilter(caller, 'lift')})`;
    const visible = scope.kind === 'all' ? sql<SqlBool>`true` : seen;
    const own = scope.kind === 'firm' ? sql<SqlBool>`firm.id = ${scope.firm}` : sql<SqlBool>`false`;
    const rows = await this.records.db
      .selectFrom('firm')
      .selectAll()
      .where(sql<SqlBool>`(${visible} or ${own})`)
      .where('id', '>', after)
      .orderBy('id')
      .limit(query.limit + 1)
      .execute();
    return pageOf(rows, query.limit, (firm) => [firm.id]);
  }
}
