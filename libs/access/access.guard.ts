import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Metrics } from '#runtime';
import { ACCESS_RULE, type AccessRule, setPrincipal } from './access.decorators.js';
import { callerProblem } from './caller-problem.js';
import { type CallerRefusal, type CallerResult, Callers } from './callers.js';
import type { Principal } from './principal.js';
import { problem } from './problem.js';

/** Names under which clients are known to put a token into a URL, where proxies and histories keep it. */
const KEY_PARAMETERS = ['key', 'api_key', 'apikey', 'access_token', 'token'];

type Refusal = CallerRefusal | 'route-closed' | 'key-in-url' | 'wrong-role' | 'keys-unavailable';

/** The one door of the HTTP API: deny by default (invariant 10). */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly log = new Logger('Access');

  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
    private readonly metrics: Metrics,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Message transports authenticate their senders themselves: the broker by secret, the event log is our
    // own.
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule === undefined) {
      this.count('route-closed');
      throw problem(403, 'Forbidden', 'This route is open to nobody.');
    }
    this.refuseKeyInUrl(request);
    if (rule.public) {
      this.admit(this.callers.admitStranger(request), response);
      return true;
    }
    const principal = this.admit(await this.identify(request), response);
    if (principal === null || !rule.roles.includes(principal.role)) {
      this.count('wrong-role');
      throw problem(
        403,
        'Forbidden',
        `Role "${principal?.role}" may not do this; it takes ${rule.roles.join(' or ')}.`,
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

  /** The principal of a good result; throws the problem of a bad one. */
  private admit(result: CallerResult | null, response: Response): Principal | null {
    if (result === null) return null;
    if (result.ok) return result.principal;
    this.count(result.reason);
    throw callerProblem(response, result.reason, result.retryAfterSeconds);
  }

  private async identify(request: Request): Promise<CallerResult> {
    try {
      return await this.callers.identify(request);
    } catch (error) {
      this.count('keys-unavailable');
      this.log.error(`Cannot check a key or session: ${String(error)}`);
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
