import { LastTopic, takePlainPublishes } from './plain-publishes.js';

/** A PUBLISH with QoS 0 of any bytes as a topic. */
function publish(topic: Buffer | string): Buffer {
  const name = Buffer.from(topic);
  return Buffer.concat([Buffer.from([0x30, name.length + 3, 0, name.length]), name, Buffer.from('x')]);
}

describe('takePlainPublishes', () => {
  it('knows the topic that comes again, whatever came in between', () => {
    const last = new LastTopic();
    const topics = ['lift/v1/T1/event', 'lift/v1/T1/event', 'lift/v1/T2/event', 'é', 'é', 'lift/v1/T2/event'];
    const taken: string[] = [];
    const { next } = takePlainPublishes(Buffer.concat(topics.map(publish)), last, (topic) => {
      taken.push(topic);
    });
    expect([taken, next]).toEqual([topics, 'nothing']);
  });

  it('takes no bytes for a topic that only have the codes of one', () => {
    const last = new LastTopic();
    const bytes = [Buffer.from('é'), Buffer.from([0xe9]), Buffer.from('é')];
    const taken: string[] = [];
    takePlainPublishes(Buffer.concat(bytes.map(publish)), last, (topic) => {
      taken.push(topic);
    });
    expect(taken).toEqual(['é', '\ufffd', 'é']);
  });

  it.each(['', 'a/#', '+', '\0'])('leaves the topic %j to the broker, each time', (topic) => {
    const last = new LastTopic();
    for (let time = 0; time < 2; time++) {
      expect(takePlainPublishes(publish(topic), last, () => undefined).next).toBe('other');
    }
  });
});
