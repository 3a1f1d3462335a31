import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  Allow,
  Answers,
  allowedVersions,
  CurrentPrincipal,
  decodeCursor,
  entityTag,
  type Page,
  PageQuery,
  type Principal,
  pageOf,
  problem,
  ROLES,
} from '#access';
import { type NewLogEvent, Records, type Tx } from '#records';
import { Clock } from '#runtime';
import { ETAG, TERMINAL_PAGE_SCHEMA, TERMINAL_SCHEMA, TERMINAL_SECRET_SCHEMA } from './answer-schemas.js';
import { BindingDto, NewTerminalDto, UnbindingDto } from './fleet.dto.js';
import { refusalProblem } from './fleet-problems.js';
import { hashSecret, newSecret } from './secret-hash.js';
import {
  bindTerminal,
  revokeTerminal,
  rotateSecret,
  type TerminalAction,
  unbindTerminal,
} from './terminal-actions.js';
import { findTerminal, listTerminals, type TerminalView } from './terminal-rows.js';
import { writeTerminals } from './terminal-write.js';

type WithSecret = TerminalView & { readonly secret: string };

/** Terminals: registered, bound to a lift for a time, given a new secret, revoked. `If-Match` is optional. */
@Controller('api/v1/terminals')
export class TerminalController {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  /** Answers the terminal's secret: the only time that it is shown. */
  @Post()
  @Allow('admin')
  @Answers({
    is: 'Registers a terminal; its secret is shown this once.',
    body: TERMINAL_SECRET_SCHEMA,
    refuses: [409],
    headers: ETAG,
  })
  async create(
    @Body() dto: NewTerminalDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WithSecret> {
    const { id, profile } = dto;
    const secret = newSecret();
    const want = { id, profile, lift: dto.lift ?? null, secretHash: hashSecret(secret) };
    const now = new Date(this.clock.now());
    const outcome = await this.records.write(async (tx) => {
      const { outcomes, events } = await writeTerminals(tx, [want], 'register', now, caller.label);
      return { result: outcomes[0], events };
    });
    if (outcome?.outcome === 'refused') throw refusalProblem(outcome.refusal);
    return { ...(await this.show(id, caller, response)), secret };
  }

  @Get()
  @Allow(...ROLES)
  @Answers({ is: 'Terminals in your scope, by id.', body: TERMINAL_PAGE_SCHEMA })
  async list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<TerminalView>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = await listTerminals(this.records.db, caller, after, query.limit + 1);
    return pageOf(rows, query.limit, (terminal) => [terminal.id]);
  }

  @Get(':id')
  @Allow(...ROLES)
  @Answers({ is: 'One terminal.', body: TERMINAL_SCHEMA, refuses: [404], headers: ETAG })
  async get(
    @Param('id') id: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TerminalView> {
    return await this.show(id, caller, response);
  }

  /** Moves it into a lift, or enters a binding that has ended into the history. */
  @Post(':id/bind')
  @HttpCode(200)
  @Allow('admin')
  @Answers({
    is: 'Moves it into a lift, or enters a binding that has ended.',
    body: TERMINAL_SCHEMA,
    refuses: [404, 409, 412],
    headers: ETAG,
  })
  async bind(
    @Param('id') id: string,
    @Body() { lift, from, to }: BindingDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TerminalView> {
    const want = { lift, from: timeOf(from), to: timeOf(to) };
    await this.act(id, ifMatch, caller, (tx, action) => bindTerminal(tx, action, want));
    return await this.show(id, caller, response);
  }

  @Post(':id/unbind')
  @HttpCode(200)
  @Allow('admin')
  @Answers({
    is: 'Takes it out of its lift.',
    body: TERMINAL_SCHEMA,
    refuses: [404, 409, 412],
    headers: ETAG,
  })
  async unbind(
    @Param('id') id: string,
    @Body() { at }: UnbindingDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TerminalView> {
    await this.act(id, ifMatch, caller, (tx, action) => unbindTerminal(tx, action, timeOf(at)));
    return await this.show(id, caller, response);
  }

  /** Answers the new secret, the only time that it is shown; connections made with the old one are cut. */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Allow('admin')
  @Answers({
    is: 'Gives it another secret, shown this once.',
    body: TERMINAL_SECRET_SCHEMA,
    refuses: [404, 409, 412],
    headers: ETAG,
  })
  async rotate(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WithSecret> {
    const secret = newSecret();
    const hash = hashSecret(secret);
    await this.act(id, ifMatch, caller, (tx, action) => rotateSecret(tx, action, hash));
    return { ...(await this.show(id, caller, response)), secret };
  }

  /** For good: cut off within seconds, its lift free for another terminal. Again, it changes nothing. */
  @Post(':id/revoke')
  @HttpCode(200)
  @Allow('admin')
  @Answers({ is: 'Cuts it off for good.', body: TERMINAL_SCHEMA, refuses: [404, 412], headers: ETAG })
  async revoke(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TerminalView> {
    await this.act(id, ifMatch, caller, revokeTerminal);
    return await this.show(id, caller, response);
  }

  private async act(
    id: string,
    ifMatch: string | undefined,
    { label: by }: Principal,
    work: (
      tx: Tx,
      action: TerminalAction,
    ) => Promise<{ readonly result: undefined; readonly events: readonly NewLogEvent[] }>,
  ): Promise<void> {
    const action = { id, versions: allowedVersions(ifMatch), now: new Date(this.clock.now()), by };
    await this.records.write((tx) => work(tx, action));
  }

  private async show(id: string, caller: Principal, response: Response): Promise<TerminalView> {
    const terminal = await findTerminal(this.records.db, caller, id);
    if (terminal === null) throw problem(404, 'Not Found', `No terminal "${id}" in the scope of this key.`);
    response.setHeader('ETag', entityTag(terminal.version, terminal));
    return terminal;
  }
}

function timeOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}
