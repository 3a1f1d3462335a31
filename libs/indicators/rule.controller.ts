import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { sql } from 'kysely';
import {
  Allow,
  Answers,
  allowedVersions,
  CurrentPrincipal,
  decodeCursor,
  entityTag,
  mustMatch,
  type Page,
  PageQuery,
  type Principal,
  pageOf,
  problem,
} from '#access';
import { type BreachState, type RateRule, ruleFaults } from '#domain';
import { Records, storableText, type Tx } from '#records';
import { Clock } from '#runtime';
import { RULE_PAGE_SCHEMA, RULE_SCHEMA, RULE_STATE_PAGE_SCHEMA } from './answer-schemas.js';
import { Backtest } from './backtest.js';
import { BACKTEST_SCHEMA, type BacktestView } from './backtest-view.js';
import { insertRule, sameRule } from './district-policies.js';
import { BacktestDto, NewRuleDto, RuleBodyDto, ruleOf } from './rule.dto.js';
import { RULES_MAX, readRule, readRules, readRuleVersions, type StoredRule } from './rule-rows.js';
import { type RuleStateView, type RuleView, ruleInScope, ruleStateView, ruleView } from './rule-view.js';

const ETAG = { ETag: 'Tag of what is shown, for If-Match.' };

/** Rate rules: data, with versions. A rule that a policy makes is ended with the policy. */
@Controller('api/v1/rules')
@Allow('regulator', 'admin')
export class RuleController {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly backtest: Backtest,
  ) {}

  @Get()
  @Answers({ is: 'Rules in your scope, by id, each in its newest version.', body: RULE_PAGE_SCHEMA })
  async list(@Query() query: PageQuery, @CurrentPrincipal() caller: Principal): Promise<Page<RuleView>> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = (await readRules(this.records.db)).filter(
      ({ rule }) => rule.id > after && ruleInScope(caller, rule),
    );
    return pageOf(rows.slice(0, query.limit + 1).map(ruleView), query.limit, ({ id }) => [id]);
  }

  @Post()
  @Answers({
    is: 'Makes a rule; it is put to every scope it watches.',
    body: RULE_SCHEMA,
    refuses: [409],
    headers: ETAG,
  })
  create(
    @Body() dto: NewRuleDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleView> {
    return this.write(response, caller, async (tx) => {
      const { rows } = await sql<{
        count: number;
      }>`select count(*)::int as count from rate_rule where current`.execute(tx);
      if ((rows[0]?.count ?? 0) >= RULES_MAX)
        throw problem(409, 'Too many rules', `There are ${RULES_MAX} rules already.`);
      if ((await readRule(tx, dto.id)) !== null)
        throw problem(409, 'Duplicate', `Rule "${dto.id}" exists already.`);
      return mustBeRight(ruleOf(dto.id, 1, dto), caller);
    });
  }

  /** "Had this rule been in force since date D, what would it have raised?" By the code that runs live. */
  @Post('backtest')
  @HttpCode(200)
  @Answers({
    is: 'What a rule would have raised since a date, over the stored facts.',
    body: BACKTEST_SCHEMA,
    refuses: [409],
  })
  test(@Body() dto: BacktestDto, @CurrentPrincipal() caller: Principal): Promise<BacktestView> {
    return this.backtest.run(mustBeRight(ruleOf('backtest', 1, dto), caller), Date.parse(dto.from));
  }

  @Get(':id')
  @Answers({ is: 'One rule in its newest version.', body: RULE_SCHEMA, refuses: [404], headers: ETAG })
  async get(
    @Param('id') id: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleView> {
    return tagged(response, ruleView(await this.mustFind(id, caller)));
  }

  @Get(':id/versions')
  @Answers({ is: 'Every version of a rule, newest first.', body: RULE_PAGE_SCHEMA, refuses: [404] })
  async versions(@Param('id') id: string, @CurrentPrincipal() caller: Principal): Promise<Page<RuleView>> {
    await this.mustFind(id, caller);
    return { items: (await readRuleVersions(this.records.db, storableText(id))).map(ruleView), next: null };
  }

  @Get(':id/states')
  @Answers({
    is: 'Scopes in which a rule is not kept, or not yet again.',
    body: RULE_STATE_PAGE_SCHEMA,
    refuses: [404],
  })
  async states(
    @Param('id') id: string,
    @Query() query: PageQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<RuleStateView>> {
    await this.mustFind(id, caller);
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const { rows } = await sql<{ scope: string; body: BreachState }>`
      select scope, body from rate_breach
      where rule_id = ${storableText(id)} and state <> 'within' and scope > ${storableText(after)}
      order by scope limit ${query.limit + 1}`.execute(this.records.db);
    return pageOf(
      rows.map(({ scope, body }) => ruleStateView(scope, body)),
      query.limit,
      ({ scope }) => [scope],
    );
  }

  @Put(':id')
  @Answers({
    is: 'Makes a new version of a rule: what the one before has raised is withdrawn.',
    body: RULE_SCHEMA,
    refuses: [404, 409, 412],
    headers: ETAG,
  })
  change(
    @Param('id') id: string,
    @Body() dto: RuleBodyDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleView> {
    const allowed = allowedVersions(ifMatch);
    return this.write(response, caller, async (tx) => {
      const before = await this.mustBeOwn(tx, id, caller);
      mustMatch(allowed, before.rule.version, `Rule "${id}"`);
      return mustBeRight(ruleOf(before.rule.id, before.rule.version + 1, dto), caller);
    });
  }

  @Delete(':id')
  @Answers({
    is: 'Disables a rule; its versions stay.',
    body: RULE_SCHEMA,
    refuses: [404, 409],
    headers: ETAG,
  })
  disable(
    @Param('id') id: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleView> {
    return this.write(response, caller, async (tx) => {
      const { rule } = await this.mustBeOwn(tx, id, caller);
      return { ...rule, version: rule.version + 1, enabled: false };
    });
  }

  /** Writes the rule unless it says what the stored one says. */
  private async write(
    response: Response,
    caller: Principal,
    make: (tx: Tx) => Promise<RateRule>,
  ): Promise<RuleView> {
    const stored = await this.records.write(async (tx) => {
      const rule = await make(tx);
      const before = await readRule(tx, rule.id);
      if (before === null || !sameRule(before.rule, rule))
        await insertRule(tx, rule, `${caller.label} (${caller.keyId})`, this.clock.now());
      return { result: await readRule(tx, rule.id), events: [] };
    });
    if (stored === null) throw new Error('A rule that was written is not there.');
    return tagged(response, ruleView(stored));
  }

  private async mustBeOwn(tx: Tx, id: string, caller: Principal): Promise<StoredRule> {
    const stored = await readRule(tx, storableText(id));
    if (stored === null || !ruleInScope(caller, stored.rule)) throw noRule(id);
    if (!stored.rule.id.startsWith('policy:')) return stored;
    throw problem(409, 'Rule of a policy', `Rule "${id}" is a policy's: change the policy of its district.`);
  }

  private async mustFind(id: string, caller: Principal): Promise<StoredRule> {
    const stored = await readRule(this.records.db, storableText(id));
    if (stored === null || !ruleInScope(caller, stored.rule)) throw noRule(id);
    return stored;
  }
}

function tagged(response: Response, view: RuleView): RuleView {
  response.setHeader('ETag', entityTag(view.version, view));
  return view;
}

function noRule(id: string) {
  return problem(404, 'Not Found', `No rule "${id}" in your scope.`);
}

/** Throws a 400 problem for a rule that could not run, a 403 for one beyond the caller's district. */
function mustBeRight(rule: RateRule, caller: Principal): RateRule {
  const faults = ruleFaults(rule);
  if (faults.length > 0) {
    const said = faults.map(({ message }) => message).join('; ');
    throw problem(400, 'Invalid request', `${said}.`, faults);
  }
  if (!ruleInScope(caller, rule))
    throw problem(403, 'Forbidden', 'Your key rules a district: name it, or a part of it, in "district".');
  return rule;
}
