import mqtt, { type MqttClient } from 'mqtt';

/** What the broker said of a message. */
export type Acknowledgement =
  | { readonly ok: true; readonly afterMs: number }
  | { readonly ok: false; readonly why: string };

/** What came back on the topic that the terminal waits on; `afterMs` counts from the publish. */
export interface Answer {
  readonly payload: Uint8Array;
  readonly afterMs: number;
}

/** `answer` is undefined when the profile promises none, and null when it was waited for in vain. */
export interface PublishOutcome {
  readonly acknowledgement: Acknowledgement;
  readonly answer: Answer | null | undefined;
}

const ACKNOWLEDGE_MS = 30_000;
/** A terminal waits some seconds before it sends again. */
export const ANSWER_MS = 5_000;

interface Waiting {
  readonly since: number;
  readonly done: (answer: Answer | null) => void;
}

/**
 * One terminal's connection for a replay: publishes one message at a time, as the terminal it stands for, and
 * says what became of it. Subscribed to the topics its answers come on before anything is sent.
 */
export class ReplayConnection {
  /** Answers that nothing waited for: they came too late, or twice. */
  strayAnswers = 0;
  private client: MqttClient | null = null;
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly url: string,
    private readonly terminalId: string,
    private readonly secret: string,
    private readonly replyTopics: readonly string[],
  ) {}

  /**
   * Connects when needed (a broker cuts off whom it refuses), publishes with QoS 1, and waits for the PUBACK
   * and, with `replyTopic`, for the answer on it.
   */
  async publish(topic: string, payload: string, replyTopic: string | null): Promise<PublishOutcome> {
    const connected = await this.connect();
    if (typeof connected === 'string') {
      return {
        acknowledgement: { ok: false, why: connected },
        answer: replyTopic === null ? undefined : null,
      };
    }
    const since = performance.now();
    // Before it is sent: the answer may overtake the PUBACK.
    const answer = replyTopic === null ? undefined : this.answerOn(replyTopic, since);
    const acknowledgement = await this.send(connected, topic, payload, since);
    if (replyTopic === null) return { acknowledgement, answer: undefined };
    if (!acknowledgement.ok) this.give(replyTopic, null);
    return { acknowledgement, answer: (await answer) ?? null };
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    if (client) await client.endAsync();
  }

  private send(client: MqttClient, topic: string, payload: string, since: number): Promise<Acknowledgement> {
    return new Promise((resolve) => {
      const finish = (outcome: Acknowledgement) => {
        clearTimeout(timer);
        client.off('close', closed);
        if (!outcome.ok) this.drop(client);
        resolve(outcome);
      };
      const closed = () => finish({ ok: false, why: 'the broker closed the connection' });
      const timer = setTimeout(
        () => finish({ ok: false, why: `no acknowledgement within ${ACKNOWLEDGE_MS / 1000} s` }),
        ACKNOWLEDGE_MS,
      );
      client.once('close', closed);
      client.publish(topic, payload, { qos: 1 }, (error) => {
        if (error) finish({ ok: false, why: error.message });
        else finish({ ok: true, afterMs: performance.now() - since });
      });
    });
  }

  private answerOn(replyTopic: string, since: number): Promise<Answer | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.give(replyTopic, null), ANSWER_MS);
      const done = (answer: Answer | null) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.waiting.set(replyTopic, { since, done });
    });
  }

  private give(replyTopic: string, payload: Uint8Array | null): void {
    const waiting = this.waiting.get(replyTopic);
    if (waiting === undefined) {
      if (payload !== null) this.strayAnswers += 1;
      return;
    }
    this.waiting.delete(replyTopic);
    waiting.done(payload === null ? null : { payload, afterMs: performance.now() - waiting.since });
  }

  private drop(client: MqttClient): void {
    if (this.client === client) this.client = null;
    client.end(true);
  }

  /** The client, subscribed; or why not. */
  private async connect(): Promise<MqttClient | string> {
    if (this.client?.connected) return this.client;
    const client = await this.dial();
    if (typeof client === 'string' || this.replyTopics.length === 0) return client;
    client.on('message', (topic, payload) => this.give(topic, payload));
    const refused = await subscribed(client, this.replyTopics);
    if (refused === null) return client;
    this.drop(client);
    return refused;
  }

  private dial(): Promise<MqttClient | string> {
    return new Promise((resolve) => {
      const client = mqtt.connect(this.url, {
        clientId: this.terminalId,
        username: this.terminalId,
        password: this.secret,
        clean: true,
        reconnectPeriod: 0,
        connectTimeout: ACKNOWLEDGE_MS,
      });
      let why = 'the broker did not answer';
      client.on('error', (error) => {
        why = error.message || error.name;
      });
      const closed = () => {
        client.end(true);
        resolve(why);
      };
      client.once('close', closed);
      client.once('connect', () => {
        client.off('close', closed);
        this.client = client;
        resolve(client);
      });
    });
  }
}

/** Null when all is granted; or what was refused. A broker may answer no by closing the connection. */
async function subscribed(client: MqttClient, topics: readonly string[]): Promise<string | null> {
  const lost = new Promise<string>((resolve) => {
    client.once('close', () => resolve(`the broker closed the connection at SUBSCRIBE ${topics[0]}`));
  });
  const asked = client.subscribeAsync([...topics], { qos: 1 }).then(
    (grants) => {
      const refused = grants.find(({ qos }) => qos > 2);
      return refused === undefined ? null : `the broker refused the subscription to ${refused.topic}`;
    },
    (error: Error) => `the broker refused the subscription to ${topics[0]}: ${error.message}`,
  );
  return await Promise.race([asked, lost]);
}
