import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
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
} from '#access';
import { Records } from '#records';
import { Clock } from '#runtime';
import { NewTerminalDto } from './fleet.dto.js';
import { hashSecret, newSecret } from './secret-hash.js';
import { findTerminal, insertTerminal, listTerminals, type TerminalView } from './terminal-rows.js';

/** Terminals: registered with the lift they are in, and a secret of their own. */
@Controller('api/v1/terminals')
export class TerminalController {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  /** Answers the terminal's secret: the only time that it is shown. */
  @Post()
  @Allow('admin')
  async create(@Body() dto: NewTerminalDto): Promise<TerminalView & { readonly secret: string }> {
    const secret = newSecret();
    const now = new Date(this.clock.now());
    const hash = hashSecret(secret);
    await this.records.write(async (tx) => ({
      result: undefined,
      events: await insertTerminal(tx, dto, hash, now),
    }));
    const { id, profile, lift } = dto;
    return { id, profile, lift, secret, registeredAt: now.toISOString(), revokedAt: null };
  }

  @Get()
  @Allow(...ROLES)
  async list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<TerminalView>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = await listTerminals(this.records.db, caller, after, query.limit + 1);
    return pageOf(rows, query.limit, (terminal) => [terminal.id]);
  }

  @Get(':id')
  @Allow(...ROLES)
  async get(@Param('id') id: string, @CurrentPrincipal() caller: Principal): Promise<TerminalView> {
    const terminal = await findTerminal(this.records.db, caller, id);
    if (terminal === null) throw problem(404, 'Not Found', `No terminal "${id}" in the scope of this key.`);
    return terminal;
  }
}
