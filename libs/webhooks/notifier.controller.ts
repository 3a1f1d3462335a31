import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type LiftFact, LiftFacts } from '#alarms';
import type { EventType } from '#domain';
import { EventLogContext, eventLogTransport, type LogEvent, type Tx } from '#records';
import { Clock } from '#runtime';
import type { LiftPart } from './event-body.js';
import {
  findOrigins,
  followAlarms,
  lockPublishing,
  openAlarms,
  type Place,
  publishEvents,
} from './event-rows.js';
import { cancelForeign } from './pending-scope.js';
import { type Publication, publicationsOf, transferOf } from './publication.js';
import { SenderWakes } from './sender-wakes.js';
import { objectIn, textIn } from './values.js';

/** The consumer of the event log that this controller is. */
export const NOTIFIER_CONSUMER = 'notifier';

/** Types of the log that something is told of. */
const TOLD: readonly EventType[] = [
  'fault.raised',
  'fault.cleared',
  'fault.recorded',
  'fault.withdrawn',
  'alarm.raised',
  'alarm.updated',
  'alarm.acknowledged',
  'alarm.cleared',
  'alarm.closed',
  'indicator.breached',
  'indicator.restored',
];
const TRANSPORT = eventLogTransport(NOTIFIER_CONSUMER);

/** Events of one page that wait to be published together. */
interface Page {
  readonly events: LogEvent[];
  /** Resolves when its events may be published. */
  readonly locked: Promise<void>;
}

/**
 * Turns events of the log into deliveries: the bytes to send, the lift's next number, a row for each endpoint
 * that may see it and wants it. All of it commits with the consumer's cursor, so an event is queued exactly
 * once. A page is published at its end by a handful of statements.
 */
@Controller()
export class Notifier {
  constructor(
    private readonly liftFacts: LiftFacts,
    private readonly clock: Clock,
    private readonly wakes: SenderWakes,
  ) {}

  @EventPattern<readonly string[]>(TOLD, TRANSPORT)
  async tell(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    (await this.pageOf(context)).events.push(event);
  }

  /** A lift that changes hands: what waits for the old firm is cancelled, the new one gets what is open. */
  @EventPattern<string>('lift.changed', TRANSPORT)
  async liftChanged(@Payload() event: LogEvent, @Ctx() context: EventLogContext): Promise<void> {
    const { tx } = context;
    const changes = objectIn(event.data, 'changes');
    if (event.lift === null || !('firm' in changes || 'district' in changes)) return;
    // What came before it must be there: an alarm of this very page is transferred too.
    await this.publish(tx, (await this.pageOf(context)).events.splice(0));
    const present = (await this.liftFacts.facts(tx, [event.lift])).get(event.lift);
    await cancelForeign(tx, event.lift, present, new Date(this.clock.now()));
    if (!('firm' in changes)) return;
    const from = textIn(objectIn(changes, 'firm'), 'from');
    const open = await openAlarms(tx, event.lift);
    const transfers = open.map((view) => transferOf(view, event.recordedAt, from));
    await this.write(tx, [{ event, publications: transfers }]);
  }

  private async pageOf(context: EventLogContext): Promise<Page> {
    const { tx } = context;
    const page: Page = context.gathering(this, () => {
      context.atPageEnd(() => this.publish(tx, page.events));
      return { events: [], locked: lockPublishing(tx) };
    });
    await page.locked;
    return page;
  }

  private async publish(tx: Tx, events: readonly LogEvent[]): Promise<void> {
    if (events.length === 0) return;
    const ended = events.flatMap((event) => endedFault(event) ?? []);
    const origins = new Map(await findOrigins(tx, ended));
    const told = events.map((event) => {
      const publications = publicationsOf(event, origins.get(endedFault(event) ?? '') ?? null);
      for (const { subject, type, priority, evidence, fields } of publications) {
        // A fault may begin and end within one page.
        if (subject === null || type !== 'fault.raised' || !('raisedAt' in fields)) continue;
        const { raisedAt } = fields;
        const terminal = 'terminal' in fields ? fields.terminal : null;
        origins.set(subject, { priority, evidence, raisedAt, terminal });
      }
      return { event, publications };
    });
    await this.write(tx, told);
    const alarms = events.filter(({ type }) => type.startsWith('alarm.'));
    await followAlarms(
      tx,
      alarms.map(({ data }) => objectIn(data, 'alarm')),
    );
  }

  /** Where a lift is now decides, and not whose it was when the fault began. */
  private async write(
    tx: Tx,
    told: readonly { readonly event: LogEvent; readonly publications: readonly Publication[] }[],
  ): Promise<void> {
    const lifts = told.flatMap(({ event }) => (event.lift === null ? [] : [event.lift]));
    const facts = await this.liftFacts.facts(tx, lifts);
    const writings = told.flatMap(({ event, publications }) => {
      const fact = event.lift === null ? undefined : facts.get(event.lift);
      return publications.map((publication, index) => ({
        id: `${event.id}-${index}`,
        publication,
        ...placed(event, fact),
        recordedAt: new Date(event.recordedAt),
      }));
    });
    this.wakes.announce(await publishEvents(tx, writings, new Date(this.clock.now())));
  }
}

function endedFault({ type, data }: LogEvent): string | null {
  return type === 'fault.cleared' || type === 'fault.withdrawn' ? textIn(data, 'faultId') : null;
}

function placed(
  event: LogEvent,
  fact: LiftFact | undefined,
): { readonly place: Place; readonly lift: LiftPart | null } {
  const { lift } = event;
  if (lift === null) return { place: placeWithoutLift(event), lift: null };
  const { district, firm } = fact ?? event;
  return { place: { lift, district, firm }, lift: liftPart(lift, fact, event) };
}

/** An indicator's event stands where its scope is. */
function placeWithoutLift(event: LogEvent): Place {
  const scope = objectIn(event.data, 'scope');
  const [kind, id] = [textIn(scope, 'kind'), textIn(scope, 'id')];
  const isDistrict = id !== null && /^\d{2,12}$/.test(id) && kind !== 'firm';
  return {
    lift: null,
    district: event.district ?? (isDistrict ? id : null),
    firm: event.firm ?? (kind === 'firm' ? id : null),
  };
}

function liftPart(lift: string, fact: LiftFact | undefined, event: LogEvent): LiftPart {
  return {
    registrationCode: lift,
    rescueCode: fact?.rescueCode ?? null,
    address: fact?.address ?? null,
    district: fact?.district ?? event.district,
    districtName: fact?.districtName ?? null,
    firm: fact === undefined ? event.firm : fact.firm,
  };
}
