import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import {
  Allow,
  Answers,
  CurrentPrincipal,
  inScope,
  type Page,
  type Principal,
  problem,
  ROLES,
} from '#access';
import type { AlarmRefusal } from '#domain';
import { storableText } from '#records';
import { type ActionResult, AlarmActions, type PersonInput } from './alarm-actions.js';
import { AlarmReads } from './alarm-reads.js';
import type { AlarmView } from './alarm-view.js';
import { ALARM_PAGE_SCHEMA, ALARM_SCHEMA } from './answer-schemas.js';
import { AlarmListQuery } from './list.query.js';
import { textOf } from './query-values.js';

/** Characters of a person's note. */
const NOTE_MAX = 1_000;

export class AcknowledgeDto {
  /** At most 1,000 characters. */
  @IsOptional()
  @Transform(textOf)
  @IsString()
  @Length(1, NOTE_MAX)
  note?: string;
}

export class CloseDto {
  /** What was found and done: 1 to 1,000 characters, not only spaces. */
  @Transform(textOf)
  @IsString()
  @Length(1, NOTE_MAX)
  @Matches(/\S/, { message: 'note must say what was found and done' })
  note!: string;
}

const WHY_REFUSED: Readonly<Record<AlarmRefusal, string>> = {
  'no-such-alarm': 'There is no such alarm.',
  'already-raised': 'The alarm is raised already.',
  'already-acknowledged': 'Someone has acknowledged it already; the first acknowledgement stands.',
  'fault-already-ended': 'What it is about has ended already.',
  'fault-still-open': 'What it is about still stands: acknowledge it, and close it once that has ended.',
  'already-closed': 'It is closed.',
  'priority-not-higher': 'Its priority is as high already.',
};

/** Alarms: list, read, acknowledge, close. */
@Controller('api/v1/alarms')
export class AlarmController {
  constructor(
    private readonly reads: AlarmReads,
    private readonly actions: AlarmActions,
  ) {}

  @Get()
  @Allow(...ROLES)
  @Answers({ is: 'Alarms in your scope: most urgent first, then newest.', body: ALARM_PAGE_SCHEMA })
  list(@Query() query: AlarmListQuery, @CurrentPrincipal() principal: Principal): Promise<Page<AlarmView>> {
    return this.reads.list(query, principal);
  }

  @Get(':id')
  @Allow(...ROLES)
  @Answers({ is: 'One alarm.', body: ALARM_SCHEMA, refuses: [404] })
  async read(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<AlarmView> {
    const alarm = await this.reads.find(id, principal);
    if (!alarm) throw noAlarm(id);
    return alarm;
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @Allow('regulator', 'firm', 'dispatcher', 'admin')
  @Answers({ is: 'Says that somebody has seen it.', body: ALARM_SCHEMA, refuses: [404, 409] })
  async acknowledge(
    @Param('id') id: string,
    @Body() { note }: AcknowledgeDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AlarmView> {
    return this.act(id, { type: 'acknowledge', by: personOf(principal), note: note ?? null }, principal);
  }

  /** A firm does not close the alarms of its own lifts: closing is the word of those who watch over it. */
  @Post(':id/close')
  @HttpCode(200)
  @Allow('regulator', 'dispatcher', 'admin')
  @Answers({ is: 'Closes it, once what it is about has ended.', body: ALARM_SCHEMA, refuses: [404, 409] })
  async close(
    @Param('id') id: string,
    @Body() { note }: CloseDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AlarmView> {
    return this.act(id, { type: 'close', by: personOf(principal), note }, principal);
  }

  private async act(id: string, input: PersonInput, principal: Principal): Promise<AlarmView> {
    const result: ActionResult = await this.actions.act(storableText(id), input, (owner) =>
      inScope(principal, owner),
    );
    if (result.ok) return result.alarm;
    if (result.refusal === 'no-such-alarm') throw noAlarm(id);
    throw problem(409, result.refusal, `Alarm "${id}": ${WHY_REFUSED[result.refusal]}`);
  }
}

/** The label names the person, the id the key: labels may be given twice. */
function personOf({ label, keyId }: Principal): string {
  return `${label} (${keyId})`;
}

function noAlarm(id: string) {
  return problem(404, 'Not Found', `No alarm "${id}" in your scope.`);
}
