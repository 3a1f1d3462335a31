import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Metrics } from '#runtime';
import { ACCESS_RULE, type AccessRule, setPrincipal } from './access.decorators.js';
import { ApiKeys } from './api-keys.js';
import type { Principal } from './principal.js';
import { problem } from './problem.js';

/** Names under which clients are known to put a token into a URL, where proxies and histories keep it. */
const KEY_PARAMETERS = ['key', 'api_key', 'apikey', 'access_token', 'token'];

type Refusal = 'route-closed' | 'key-in-url' | 'no-key' | 'wrong-key' | 'wrong-role' | 'keys-unavailable';

/** The one door of the HTTP API: deny by default (invariant 10). */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly log = new Logger('Access');

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
    private readonly metrics: Metrics,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Message transports authenticate their senders themselves: the broker by secret, the event log is our
    // own.
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule === undefined) {
      this.count('route-closed');
      throw problem(403, 'Forbidden', 'This route is open to nobody.');
    }
    this.refuseKeyInUrl(request);
    if (rule.public) return true;
    const principal = await this.authenticate(request, context.switchToHttp().getResponse<Response>());
    if (!rule.roles.includes(principal.role)) {
      this.count('wrong-role');
      throw problem(
        403,
        'Forbidden',
        `Role "${principal.role}" may not do this; it takes ${rule.roles.join(' or ')}.`,
      );
    }
    setPrincipal(request, principal);
    return true;
  }

  private refuseKeyInUrl(request: Request): void {
    const parameter = Object.keys(request.query).find((name) => KEY_PARAMETERS.includes(name.toLowerCase()));
    if (parameter === undefined) return;
    this.count('key-in-url');
    throw problem(
      400,
      'Key in URL',
      `Parameter "${parameter}": send the key as "Authorization: Bearer …" and never in a URL, ` +
        'where logs keep it. Revoke a key that was sent this way.',
    );
  }

  private async authenticate(request: Request, response: Response): Promise<Principal> {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      this.count('no-key');
      response.setHeader('WWW-Authenticate', 'Bearer realm="liftwarden"');
      throw problem(401, 'Unauthorized', 'Send an API key as "Authorization: Bearer lw_…".');
    }
    const principal = await this.verify(token);
    if (principal === null) {
      this.count('wrong-key');
      response.setHeader('WWW-Authenticate', 'Bearer realm="liftwarden", error="invalid_token"');
      throw problem(401, 'Unauthorized', 'The API key is unknown or revoked.');
    }
    return principal;
  }

  private async verify(token: string): Promise<Principal | null> {
    try {
      return await this.keys.verify(token);
    } catch (error) {
      this.count('keys-unavailable');
      this.log.error(`Cannot check an API key: ${String(error)}`);
      throw problem(
        503,
        'Service Unavailable',
        'The records database cannot be asked for the key; try again soon.',
      );
    }
  }

  private count(reason: Refusal): void {
    this.metrics
      .counter('liftwarden_access_refused_total', 'HTTP requests refused before their route ran.', ['reason'])
      .inc({ reason });
  }
}
