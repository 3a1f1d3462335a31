import { Logger } from '@nestjs/common';
import type { Journal } from '#journal';
import { type DownlinkResult, type InboundMessage, TerminalDownlink } from '#mqtt';
import { Metrics } from '#runtime';
import { FixedRegistry, inbound, ManualClock, reading, settle, T0 } from './ingest.fixture.js';
import { IngestMetrics } from './ingest-metrics.js';
import { IntakeController } from './intake.controller.js';
import { Intake } from './intake.js';
import { ReaderPressure } from './reader-pressure.js';
import { SeenIdentities } from './seen-identities.js';
import { ANSWERS_A_TERMINAL_MAX, ANSWERS_MAX, TerminalReplies } from './terminal-replies.js';

const JTC = '934000000000001';

/** A downlink that notes what it is given, and answers when it is told to. */
class NotingDownlink extends TerminalDownlink {
  readonly sent: { terminal: string; topic: string; payload: unknown }[] = [];
  result: DownlinkResult | Error = 'sent';
  held: (() => void)[] | null = null;

  override async send(terminal: string, topic: string, payload: Uint8Array): Promise<DownlinkResult> {
    this.sent.push({ terminal, topic, payload: JSON.parse(Buffer.from(payload).toString()) });
    const { held } = this;
    if (held !== null) await new Promise<void>((resolve) => held.push(resolve));
    if (this.result instanceof Error) throw this.result;
    return this.result;
  }
}

/** The controller between a journal that becomes durable when told to and a downlink. */
class Desk {
  readonly clock = new ManualClock();
  readonly downlink = new NotingDownlink();
  readonly metrics = new Metrics();
  readonly registry = new FixedRegistry()
    .add('T1')
    .add(JTC, { profile: 'jtc340' })
    .add('unbound', { profile: 'jtc340', lift: null, district: null, firm: null });
  readonly replies = new TerminalReplies(this.registry, this.clock, this.metrics);
  readonly controller: IntakeController;
  durable: Promise<void> = Promise.resolve();

  constructor() {
    const journal = { append: () => this.durable, pressure: null } as unknown as Journal;
    const metrics = new IngestMetrics(this.metrics);
    const pressure = new ReaderPressure(metrics);
    const intake = new Intake(journal, this.registry, new SeenIdentities(), metrics, pressure);
    this.controller = new IntakeController(intake, this.replies);
    this.replies.sendThrough(this.downlink);
  }

  async take(...batch: readonly InboundMessage[]): Promise<void> {
    await this.controller.take(batch);
    await settle();
  }

  async outcomes(): Promise<Record<string, number>> {
    const metric = await this.metrics.registry.getSingleMetric('liftwarden_terminal_answers_total')?.get();
    return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels.outcome, value]));
  }
}

const up = (name: string, terminal = JTC) => `/device/JTC340/${terminal}/thing/event/${name}/post/`;
const down = (name: string, terminal = JTC) => `/server/JTC340/${terminal}/thing/event/${name}/post_reply/`;
const post = (name: string, payload: unknown, changes: Partial<InboundMessage> = {}) =>
  inbound(JTC, '', typeof payload === 'string' ? payload : JSON.stringify(payload), {
    topic: up(name),
    ...changes,
  });
const ERROR = { Version: '1.0', Params: { Value: { ErrorType: 1006 }, Time: T0 } };

describe('answers to terminals', () => {
  let warned: jest.SpiedFunction<Logger['warn']>;
  beforeEach(() => {
    warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => warned.mockRestore());

  it('are sent when the batch is durable, never before, in order', async () => {
    const desk = new Desk();
    let sync: () => void = () => undefined;
    desk.durable = new Promise((resolve) => {
      sync = resolve;
    });
    const taken = desk.take(post('ErrorEvent', ERROR), post('LiveData', { Params: { Value: {} } }));
    await settle();
    expect(desk.downlink.sent).toEqual([]);
    sync();
    await taken;
    expect(desk.downlink.sent).toEqual([
      { terminal: JTC, topic: down('ErrorEvent'), payload: { Code: 200 } },
      { terminal: JTC, topic: down('LiveData'), payload: { Code: 200 } },
    ]);
    expect(await desk.outcomes()).toEqual({ sent: 2 });
  });

  it('are not sent for a batch the journal refused', async () => {
    const desk = new Desk();
    desk.durable = Promise.reject(new Error('the disk is full'));
    await expect(desk.take(post('ErrorEvent', ERROR))).rejects.toThrow('the disk is full');
    expect(desk.downlink.sent).toEqual([]);
  });

  it.each<[string, InboundMessage, string]>([
    ['what was sent again', post('ErrorEvent', ERROR), down('ErrorEvent')],
    ['what cannot be read', post('ErrorEvent', '{'), down('ErrorEvent')],
    ['an unknown event', post('Gossip', {}), down('Gossip')],
    ['a terminal known by its topic', post('ErrorEvent', ERROR, { clientId: null }), down('ErrorEvent')],
    [
      'a terminal bound to no lift',
      post('ErrorEvent', ERROR, { clientId: 'unbound', topic: up('ErrorEvent', 'unbound') }),
      down('ErrorEvent', 'unbound'),
    ],
  ])('are given for %s', async (_name, message, topic) => {
    const desk = new Desk();
    await desk.take(post('ErrorEvent', ERROR));
    desk.downlink.sent.length = 0;
    await desk.take(message);
    expect(desk.downlink.sent.map((each) => each.topic)).toEqual([topic]);
  });

  it.each<[string, InboundMessage]>([
    ['who has no right to the topic', post('ErrorEvent', ERROR, { allowed: false })],
    ['who is not registered', post('ErrorEvent', ERROR, { clientId: null, topic: up('ErrorEvent', '9') })],
    ["another's topic", post('ErrorEvent', ERROR, { topic: up('ErrorEvent', 'unbound') })],
    ['a topic of nobody', post('ErrorEvent', ERROR, { clientId: null, topic: 'a/b' })],
    ['what no reply topic names', post('x', {}, { topic: `/device/JTC340/${JTC}/thing/property/post/` })],
    ['whose profile waits for none', inbound('T1', 'telemetry', reading({ seq: 1 }))],
  ])('are not given to %s', async (_name, message) => {
    const desk = new Desk();
    await desk.take(message);
    expect(desk.downlink.sent).toEqual([]);
    expect(await desk.outcomes()).toEqual({});
  });

  it('give a time request the time of the answer, and when it was received', async () => {
    const desk = new Desk();
    const request = post('ntp', { Version: 1, DSTime: 1_571_724_098_000 }, { receivedAt: T0 });
    desk.clock.advance(40);
    await desk.take(request);
    expect(desk.downlink.sent).toEqual([
      {
        terminal: JTC,
        topic: down('ntp'),
        payload: { Code: 200, DSTime: 1_571_724_098_000, SRTime: T0, SSTime: T0 + 40, Time: T0 + 40 },
      },
    ]);
  });

  it.each<[DownlinkResult | Error, string]>([
    ['not-connected', 'not-connected'],
    ['not-subscribed', 'not-subscribed'],
    ['failed', 'failed'],
    [new Error('gone'), 'failed'],
  ])('that end %s are counted and logged once a minute', async (result, outcome) => {
    const desk = new Desk();
    desk.downlink.result = result;
    await desk.take(post('ErrorEvent', ERROR), post('ErrorEvent', ERROR));
    await desk.take(post('ErrorEvent', ERROR));
    expect(await desk.outcomes()).toEqual({ [outcome]: 3 });
    expect(warned).toHaveBeenCalledTimes(1);
    expect(warned.mock.calls[0]?.[0]).toMatch(`${JTC} on ${down('ErrorEvent')}: ${outcome}`);
    desk.clock.advance(60_000);
    await desk.take(post('ErrorEvent', ERROR));
    expect(warned).toHaveBeenCalledTimes(2);
    expect(warned.mock.calls[1]?.[0]).toMatch(/^3 answers/);
  });

  it('without a downlink are counted and hold nobody up', async () => {
    const desk = new Desk();
    const alone = new TerminalReplies(desk.registry, desk.clock, desk.metrics);
    alone.answer([post('ErrorEvent', ERROR)]);
    await settle();
    expect(await desk.outcomes()).toEqual({ 'no-downlink': 1 });
  });

  it('of a terminal that does not read are shed beyond a bound, and others still get theirs', async () => {
    const desk = new Desk();
    desk.downlink.held = [];
    const posts = Array.from({ length: ANSWERS_A_TERMINAL_MAX + 5 }, () => post('ErrorEvent', ERROR));
    await desk.take(...posts);
    expect(desk.downlink.sent).toHaveLength(ANSWERS_A_TERMINAL_MAX);
    expect(await desk.outcomes()).toEqual({ shed: 5 });
    const other = { clientId: 'unbound', topic: up('ErrorEvent', 'unbound') };
    await desk.take(post('ErrorEvent', ERROR, other));
    expect(desk.downlink.sent.at(-1)?.terminal).toBe('unbound');
    for (const release of desk.downlink.held.splice(0)) release();
    await settle();
    expect(await desk.outcomes()).toEqual({ shed: 5, sent: ANSWERS_A_TERMINAL_MAX + 1 });
    await desk.take(post('ErrorEvent', ERROR));
    expect(desk.downlink.sent).toHaveLength(ANSWERS_A_TERMINAL_MAX + 2);
  });

  it('are shed beyond the bound over all terminals, which a gauge shows', async () => {
    const desk = new Desk();
    desk.downlink.held = [];
    const terminals = ANSWERS_MAX / ANSWERS_A_TERMINAL_MAX;
    for (let nth = 0; nth < terminals; nth++) {
      const id = `R${nth}`;
      desk.registry.add(id, { profile: 'jtc340' });
      const message = post('ErrorEvent', ERROR, { clientId: id, topic: up('ErrorEvent', id) });
      desk.replies.answer(Array.from({ length: ANSWERS_A_TERMINAL_MAX }, () => message));
    }
    desk.replies.answer([post('ErrorEvent', ERROR)]);
    await settle();
    expect(desk.downlink.sent).toHaveLength(ANSWERS_MAX);
    expect(await desk.outcomes()).toEqual({ shed: 1 });
    const text = await desk.metrics.registry.metrics();
    expect(text).toMatch(new RegExp(`^liftwarden_terminal_answers_under_way ${ANSWERS_MAX}$`, 'm'));
  });
});
