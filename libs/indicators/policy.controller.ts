import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
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
  ROLES,
} from '#access';
import { dateStart } from '#domain';
import { Records, type Tx } from '#records';
import { Clock } from '#runtime';
import { DISTRICT_POLICY_PAGE_SCHEMA, DISTRICT_POLICY_SCHEMA, POLICY_PAGE_SCHEMA } from './answer-schemas.js';
import { type DistrictPolicy, readDistrictPolicies, syncPolicyRules } from './district-policies.js';
import { Policies } from './policies.js';
import { type PolicyView, policyView } from './policy-view.js';

const DAY_TEXT = { message: 'must be a day like 2026-10-01' };
const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

export class DistrictPolicyDto {
  /** Id of a policy profile. */
  @IsString()
  @Length(1, 64)
  profile!: string;

  /** First day in force, China time. */
  @Matches(DAY_PATTERN, DAY_TEXT)
  fromOn!: string;

  /** The day it ends, not among them; absent while it holds. */
  @IsOptional()
  @Matches(DAY_PATTERN, DAY_TEXT)
  toOn?: string | null;
}

export class PolicyOfQuery {
  /** Id of the profile that ends. */
  @IsString()
  @Length(1, 64)
  profile!: string;
}

/** Published plans as data. */
@Controller('api/v1/policies')
export class PolicyController {
  constructor(private readonly policies: Policies) {}

  @Get()
  @Allow(...ROLES)
  @Answers({
    is: 'Policy profiles that this installation knows, with their targets.',
    body: POLICY_PAGE_SCHEMA,
  })
  list(@Query() query: PageQuery): Page<PolicyView> {
    const after = decodeCursor(query.cursor, ['string'])?.[0] ?? '';
    const rows = this.policies.all().filter(({ id }) => id > after);
    return pageOf(rows.slice(0, query.limit + 1).map(policyView), query.limit, ({ id }) => [id]);
  }
}

/** Which profiles are in force in a district. Each target of one becomes a rule there. */
@Controller('api/v1/districts/:code/policies')
export class DistrictPolicyController {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly policies: Policies,
  ) {}

  @Get()
  @Allow('regulator', 'dispatcher', 'tester', 'admin')
  @Answers({ is: 'Profiles of a district.', body: DISTRICT_POLICY_PAGE_SCHEMA, refuses: [404] })
  async list(
    @Param('code') code: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<Page<DistrictPolicy>> {
    mustSee(caller, code);
    return { items: await readDistrictPolicies(this.records.db, code), next: null };
  }

  /** Puts a profile into force, or changes its days. Its targets are judged from the next look on. */
  @Put()
  @Allow('regulator', 'admin')
  @Answers({
    is: 'Puts a profile into force in a district, or changes its days.',
    body: DISTRICT_POLICY_SCHEMA,
    refuses: [404, 412],
    headers: { ETag: 'Tag of what is shown, for If-Match.' },
  })
  async put(
    @Param('code') code: string,
    @Body() dto: DistrictPolicyDto,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DistrictPolicy> {
    mustSee(caller, code);
    const { profile, fromOn, toOn = null } = dto;
    this.judge(profile, fromOn, toOn);
    const allowed = allowedVersions(ifMatch);
    const policy = await this.records.write(async (tx) => {
      await mustBeDistrict(tx, code);
      const before = await lockPolicy(tx, code, profile);
      if (before !== null) mustMatch(allowed, before.version, `Policy ${profile} of district ${code}`);
      const { rows } = await sql<DistrictPolicy>`
        insert into district_policy as stored (district, profile, from_on, to_on)
        values (${code}, ${profile}, ${fromOn}::date, ${toOn}::date)
        on conflict (district, profile) do update set from_on = excluded.from_on, to_on = excluded.to_on,
          version = stored.version + 1
        returning district, profile, from_on::text as "fromOn", to_on::text as "toOn", version`.execute(tx);
      await syncPolicyRules(tx, (id) => this.policies.find(id), this.clock.now());
      return { result: rows[0], events: [] };
    });
    if (policy === undefined) throw new Error(`No row of policy ${profile} of district ${code}.`);
    response.setHeader('ETag', entityTag(policy.version, policy));
    return policy;
  }

  @Delete()
  @HttpCode(204)
  @Allow('regulator', 'admin')
  @Answers({ is: 'Ends a profile at once; what it raised is withdrawn.', body: null, refuses: [404] })
  async end(
    @Param('code') code: string,
    @Query() { profile }: PolicyOfQuery,
    @CurrentPrincipal() caller: Principal,
  ): Promise<void> {
    mustSee(caller, code);
    await this.records.write(async (tx) => {
      const before = await lockPolicy(tx, code, profile);
      if (before === null) throw problem(404, 'Not Found', `District ${code} has no policy "${profile}".`);
      await tx
        .deleteFrom('district_policy')
        .where('district', '=', code)
        .where('profile', '=', profile)
        .execute();
      await syncPolicyRules(tx, (id) => this.policies.find(id), this.clock.now());
      return { result: undefined, events: [] };
    });
  }

  private judge(profile: string, fromOn: string, toOn: string | null): void {
    if (this.policies.find(profile) === null) throw wrong('profile', `profile "${profile}" is not known`);
    const from = dateStart(fromOn);
    if (from === null) throw wrong('fromOn', `fromOn ${fromOn} is no day`);
    if (toOn === null) return;
    const to = dateStart(toOn);
    if (to === null || to <= from) throw wrong('toOn', `toOn ${toOn} must be a day after fromOn`);
  }
}

async function lockPolicy(
  tx: Tx,
  code: string,
  profile: string,
): Promise<{ readonly version: number } | null> {
  const row = await tx
    .selectFrom('district_policy')
    .select('version')
    .where('district', '=', code)
    .where('profile', '=', profile)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

async function mustBeDistrict(tx: Tx, code: string): Promise<void> {
  const row = await tx.selectFrom('district').select('code').where('code', '=', code).executeTakeFirst();
  if (row === undefined) throw problem(404, 'Not Found', `No district "${code}" in the scope of this key.`);
}

/** A district's key rules what lies below it; a firm's key no district. */
function mustSee({ scope }: Principal, code: string): void {
  if (scope.kind === 'all') return;
  if (scope.kind === 'district' && code.startsWith(scope.prefix)) return;
  throw problem(404, 'Not Found', `No district "${code}" in the scope of this key.`);
}

function wrong(field: string, message: string) {
  return problem(400, 'Invalid request', `${message}.`, [{ field, message }]);
}
