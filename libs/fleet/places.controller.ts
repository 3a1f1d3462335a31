import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  Allow,
  Answers,
  allowedVersions,
  CurrentPrincipal,
  type Page,
  PageQuery,
  type Principal,
  ROLES,
} from '#access';
import {
  DISTRICT_PAGE_SCHEMA,
  DISTRICT_SCHEMA,
  ETAG,
  NAMED_PAGE_SCHEMA,
  NAMED_SCHEMA,
} from './answer-schemas.js';
import { NewDistrictDto, NewFirmDto, RenameDto } from './fleet.dto.js';
import { NamedBooks, type NamedView } from './named-books.js';

/** A district as the API shows it. */
export interface DistrictView {
  readonly code: string;
  readonly name: string;
  readonly version: number;
}

const districtView = ({ id, name, version }: NamedView): DistrictView => ({ code: id, name, version });

/** Administrative districts. */
@Controller('api/v1/districts')
export class DistrictController {
  constructor(private readonly books: NamedBooks) {}

  @Post()
  @Allow('admin')
  @Answers({ is: 'Registers a district.', body: DISTRICT_SCHEMA, refuses: [409], headers: ETAG })
  async create(
    @Body() { code, name }: NewDistrictDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DistrictView> {
    const want = { id: code, name, versions: null };
    return districtView(await this.books.write('district', want, 'register', caller, response));
  }

  @Patch(':code')
  @Allow('admin')
  @Answers({ is: 'Renames a district.', body: DISTRICT_SCHEMA, refuses: [404, 412], headers: ETAG })
  async rename(
    @Param('code') id: string,
    @Body() { name }: RenameDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DistrictView> {
    const want = { id, name, versions: allowedVersions(ifMatch) };
    return districtView(await this.books.write('district', want, 'change', caller, response));
  }

  @Get()
  @Allow(...ROLES)
  @Answers({ is: 'Districts that your scope touches, by code.', body: DISTRICT_PAGE_SCHEMA })
  async list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<DistrictView>> {
    const { items, next } = await this.books.list('district', query, caller);
    return { items: items.map(districtView), next };
  }

  @Get(':code')
  @Allow(...ROLES)
  @Answers({ is: 'One district.', body: DISTRICT_SCHEMA, refuses: [404], headers: ETAG })
  async get(
    @Param('code') code: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DistrictView> {
    return districtView(await this.books.find('district', code, caller, response));
  }
}

/** The routes of a book of firms or users; a class with its path makes them routes. */
abstract class NamedController {
  protected abstract readonly book: 'firm' | 'user';

  constructor(protected readonly books: NamedBooks) {}

  @Post()
  @Allow('admin')
  @Answers({ is: 'Registers one.', body: NAMED_SCHEMA, refuses: [409], headers: ETAG })
  create(
    @Body() { id, name }: NewFirmDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NamedView> {
    return this.books.write(this.book, { id, name, versions: null }, 'register', caller, response);
  }

  @Patch(':id')
  @Allow('admin')
  @Answers({ is: 'Renames one.', body: NAMED_SCHEMA, refuses: [404, 412], headers: ETAG })
  rename(
    @Param('id') id: string,
    @Body() { name }: RenameDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NamedView> {
    const want = { id, name, versions: allowedVersions(ifMatch) };
    return this.books.write(this.book, want, 'change', caller, response);
  }

  @Get()
  @Allow(...ROLES)
  @Answers({ is: 'Those that have a lift in your scope, by id.', body: NAMED_PAGE_SCHEMA })
  list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<NamedView>> {
    return this.books.list(this.book, query, caller);
  }

  @Get(':id')
  @Allow(...ROLES)
  @Answers({ is: 'One of them.', body: NAMED_SCHEMA, refuses: [404], headers: ETAG })
  get(
    @Param('id') id: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NamedView> {
    return this.books.find(this.book, id, caller, response);
  }
}

/** Maintenance firms 维保单位. */
@Controller('api/v1/firms')
export class FirmController extends NamedController {
  protected override readonly book = 'firm';

  // Nest reads the parameter types of the class itself.
  constructor(books: NamedBooks) {
    super(books);
  }
}

/** Users 使用单位: who answers for a lift's use. */
@Controller('api/v1/users')
export class UserController extends NamedController {
  protected override readonly book = 'user';

  constructor(books: NamedBooks) {
    super(books);
  }
}
