import { Controller, Module, type PipeTransform, UsePipes } from '@nestjs/common';
import { EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Metrics, SystemClock } from '#runtime';
import { EdgeBrokerStrategy } from './edge-broker.strategy.js';
import { type InboundMessage, MQTT_BATCH } from './inbound-message.js';
import { FakeAccess, RawTerminal } from './testing/broker-rig.js';

class RefusingPipe implements PipeTransform {
  static refuses = false;
  transform(value: unknown): unknown {
    if (RefusingPipe.refuses) throw new Error('refused by a pipe');
    return value;
  }
}

const got: string[] = [];

@Controller()
class IntakeController {
  @EventPattern(MQTT_BATCH)
  @UsePipes(RefusingPipe)
  take(@Payload() messages: readonly InboundMessage[]): Promise<void> {
    got.push(...messages.map((message) => message.topic));
    return Promise.resolve();
  }
}

@Module({ controllers: [IntakeController] })
class IntakeModule {}

@Module({})
class EmptyModule {}

const strategyOn = (port: number) =>
  new EdgeBrokerStrategy({
    host: '127.0.0.1',
    port,
    access: new FakeAccess(),
    clock: new SystemClock(),
    metrics: new Metrics(),
  });

async function microservice(module: typeof IntakeModule, strategy: EdgeBrokerStrategy) {
  const testing = await Test.createTestingModule({ imports: [module] }).compile();
  return testing.createNestMicroservice<MicroserviceOptions>({ strategy, logger: false });
}

async function publishOnce(strategy: EdgeBrokerStrategy): Promise<RawTerminal> {
  const terminal = await RawTerminal.open(strategy.boundPort);
  terminal.connect('T1');
  await terminal.next('connack');
  terminal.publish('lift/v1/T1/event', 'x');
  return terminal;
}

describe('EdgeBrokerStrategy under Nest', () => {
  it('hands batches to the @EventPattern handler, and takes an erroring pipe for a failure', async () => {
    const strategy = strategyOn(0);
    const app = await microservice(IntakeModule, strategy);
    await app.listen();
    const good = await publishOnce(strategy);
    await good.next('puback');
    expect(got).toEqual(['lift/v1/T1/event']);
    RefusingPipe.refuses = true;
    const bad = await publishOnce(strategy);
    await bad.closed();
    expect(bad.count('puback')).toBe(0);
    expect(got.length).toBe(1);
    await app.close();
    await good.closed();
  });

  it('does not start without a handler', async () => {
    const app = await microservice(EmptyModule, strategyOn(0));
    await expect(app.listen()).rejects.toThrow(MQTT_BATCH);
    await app.close();
  });

  it('says which port it could not have', async () => {
    const first = strategyOn(0);
    const running = await microservice(IntakeModule, first);
    await running.listen();
    const second = await microservice(IntakeModule, strategyOn(first.boundPort));
    await expect(second.listen()).rejects.toThrow(`port ${first.boundPort}`);
    await Promise.all([running.close(), second.close()]);
  });

  it.each([
    ['port', { port: 70_000 }],
    ['batchMax', { batchMax: 0 }],
    ['packetMaxBytes', { packetMaxBytes: 1.5 }],
    ['inFlightMax', { inFlightMax: Number.NaN }],
  ])('names a bad %s', (name, bad) => {
    const options = { port: 0, access: new FakeAccess(), clock: new SystemClock(), metrics: new Metrics() };
    expect(() => new EdgeBrokerStrategy({ ...options, ...bad })).toThrow(new RegExp(`${name} is .* from`));
  });

  it('has no events and no broker before it listens', () => {
    expect(() => strategyOn(0).on('x')).toThrow('"x"');
    expect(() => strategyOn(0).unwrap()).toThrow('listen()');
  });
});
