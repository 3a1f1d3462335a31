import { Injectable } from '@nestjs/common';
import { Clock } from '#runtime';
import type { AttemptOutcome } from './delivery-lifecycle.js';
import { ATTEMPT_MS, type Claim } from './delivery-queue.js';
import { EndpointAgents } from './endpoint-agents.js';
import { keysAt, openSecrets } from './endpoint-secrets.js';
import { checkAddresses, literalOf, URL_REFUSALS } from './endpoint-url.js';
import { HostAddresses } from './host-addresses.js';
import { type PostAnswer, postWebhook } from './post-webhook.js';
import { retryAfterMs } from './retry-schedule.js';
import { SealBroken } from './secret-box.js';
import { type SigningKeys, signedHeaders } from './sign.js';
import { WebhookSettings } from './webhook-settings.js';

/** One attempt, ended. */
export interface AttemptResult {
  readonly claim: Claim;
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly head: string | null;
  readonly body: string | null;
  readonly error: string | null;
  /** What the endpoint asked for, ms from the end. */
  readonly retryAfter: number | null;
  /** ms since 1970 UTC. */
  readonly beganAt: number;
  readonly durationMs: number;
}

type Answer = Omit<PostAnswer, 'retryAfter'> & { readonly retryAfter?: string | undefined };

/** Makes attempts: opens the secret, asks for the address and judges it, signs, posts. */
@Injectable()
export class Courier {
  private readonly agents = new EndpointAgents();

  constructor(
    private readonly settings: WebhookSettings,
    private readonly hosts: HostAddresses,
    private readonly clock: Clock,
  ) {}

  /** Ends within 15 s, sooner when `stop` aborts. Never rejects for what an endpoint does. */
  async attempt(claim: Claim, stop: AbortSignal): Promise<AttemptResult> {
    const beganAt = this.clock.now();
    const began = this.clock.monotonicMs();
    const limit = new AbortController();
    const over = new AbortController();
    const end = () => limit.abort();
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    // The limit's timer ends with the attempt.
    const timer = this.clock.sleep(ATTEMPT_MS, over.signal).then(end);
    try {
      const answer = await this.send(claim, beganAt, limit.signal);
      const now = this.clock.now();
      return {
        claim,
        outcome: answer.outcome,
        status: answer.status,
        head: answer.head,
        body: answer.body,
        error: answer.error,
        retryAfter: retryAfterMs(answer.retryAfter, now),
        beganAt,
        durationMs: Math.round(this.clock.monotonicMs() - began),
      };
    } finally {
      stop.removeEventListener('abort', end);
      over.abort();
      await timer;
    }
  }

  close(): void {
    this.agents.close();
  }

  private async send(claim: Claim, now: number, signal: AbortSignal): Promise<Answer> {
    const keys = this.keys(claim, now);
    if (keys === null) return failure('secret-unreadable', 'the secret does not open with this WEBHOOK_KEY');
    const url = new URL(claim.url);
    const addresses = await this.addresses(url, signal);
    if (addresses === null) return failure('timeout', 'the name service did not answer in time');
    const refusal = checkAddresses(url, addresses, this.settings.allowed);
    if (refusal === 'no-address') return failure('name-not-found', `no address for ${url.hostname}`);
    if (refusal !== null) {
      return failure('address-refused', `${URL_REFUSALS[refusal]} (${addresses.slice(0, 8).join(', ')})`);
    }
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Liftwarden/1',
      ...signedHeaders(claim.id, Math.floor(now / 1_000), claim.body, keys, claim.signatures),
    };
    const secure = url.protocol === 'https:';
    const agent = this.agents.take(claim.endpoint, secure);
    try {
      return await postWebhook({ url, addresses, headers, body: claim.body, agent, signal });
    } finally {
      this.agents.release(claim.endpoint, secure);
    }
  }

  private keys(claim: Claim, now: number): readonly SigningKeys[] | null {
    try {
      return keysAt(openSecrets(this.settings.box, claim.endpoint, claim.secrets), now);
    } catch (error) {
      if (error instanceof SealBroken) return null;
      throw error;
    }
  }

  /** Null when the attempt was over first. */
  private async addresses(url: URL, signal: AbortSignal): Promise<readonly string[] | null> {
    const literal = literalOf(url);
    if (literal !== null) return [literal];
    const over = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    return Promise.race([this.hosts.addresses(url.hostname), over]);
  }
}

function failure(outcome: AttemptOutcome, error: string): Answer {
  return { outcome, status: null, head: null, body: null, error };
}
