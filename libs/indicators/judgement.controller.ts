import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { IsIn, IsString, Length, Matches } from 'class-validator';
import { Allow, Answers, CurrentPrincipal, type Principal, problem, scopeFilter } from '#access';
import { type NewLogEvent, Records, storableText } from '#records';
import { Clock } from '#runtime';
import { JUDGEMENT_SCHEMA } from './answer-schemas.js';
import type { JudgementView } from './policy-view.js';

export class JudgementDto {
  /** `false`: there was no such fault; `genuine`: there was, whatever the evidence says. */
  @IsIn(['false', 'genuine'])
  verdict!: 'false' | 'genuine';

  /** What was found, 1 to 1,000 characters. */
  @IsString()
  @Length(1, 1_000)
  @Matches(/\S/, { message: 'reason must say what was found' })
  reason!: string;
}

/** What people say of faults. A firm does not judge the faults of its own lifts. */
@Controller('api/v1/faults')
export class JudgementController {
  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  @Post(':id/judgement')
  @HttpCode(200)
  @Allow('regulator', 'dispatcher', 'admin')
  @Answers({
    is: 'Says that a fault was none, or was one: figures and breaches that rest on it follow.',
    body: JUDGEMENT_SCHEMA,
    refuses: [404],
  })
  judge(
    @Param('id') id: string,
    @Body() { verdict, reason }: JudgementDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JudgementView> {
    const at = this.clock.now();
    const row = {
      fault_id: storableText(id),
      verdict,
      reason: storableText(reason),
      judged_by: `${caller.label} (${caller.keyId})`,
      judged_at: new Date(at),
    };
    return this.records.write(async (tx) => {
      const fault = await tx
        .selectFrom('fault')
        .select(['lift', 'kind', 'district', 'firm'])
        .where('id', '=', row.fault_id)
        .where(scopeFilter(caller, 'fault'))
        .executeTakeFirst();
      if (fault === undefined) throw problem(404, 'Not Found', `No fault "${id}" in your scope.`);
      await tx
        .insertInto('fault_judgement')
        .values(row)
        .onConflict((conflict) => conflict.column('fault_id').doUpdateSet(row))
        .execute();
      const view: JudgementView = {
        faultId: row.fault_id,
        verdict,
        reason: row.reason,
        judgedBy: row.judged_by,
        judgedAt: row.judged_at.toISOString(),
      };
      const { lift, kind, district, firm } = fault;
      const event: NewLogEvent = {
        type: 'fault.judged',
        lift,
        district,
        firm,
        data: { ...view, lift, kind },
      };
      return { result: view, events: [event] };
    });
  }
}
