import { Controller, Get, Query } from '@nestjs/common';
import {
  Allow,
  Answers,
  CurrentPrincipal,
  dateTime,
  integer,
  listOf,
  nullable,
  objectOf,
  oneOf,
  type Page,
  type Principal,
  pageOfSchema,
  text,
} from '#access';
import { FINDING_KINDS } from '#domain';
import { Findings, type FindingView } from './findings.js';
import { FindingsQuery } from './findings.query.js';

const FINDING_PAGE_SCHEMA = pageOfSchema(
  'FindingPage',
  objectOf<FindingView>('Finding', {
    kind: oneOf(FINDING_KINDS),
    lift: text(),
    district: nullable(text()),
    firm: nullable(text()),
    count: integer('How often within the time.'),
    firstAt: dateTime(),
    lastAt: dateTime(),
    rows: listOf(text(), 'Ids of the faults, numbers of the orders or of the record; the first 20.'),
    reason: text(),
  }),
);

/** Patterns of bad practice, for those who watch over firms. */
@Controller('api/v1/findings')
export class FindingController {
  constructor(private readonly findings: Findings) {}

  /**
   * A page of visits may hold fewer findings than records it looked at; `next` says whether there is more.
   */
  @Get()
  @Allow('regulator', 'dispatcher', 'admin')
  @Answers({ is: 'Lifts and records that somebody should look into, by kind.', body: FINDING_PAGE_SCHEMA })
  list(@Query() query: FindingsQuery, @CurrentPrincipal() caller: Principal): Promise<Page<FindingView>> {
    return this.findings.list(query, caller);
  }
}
