import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Metrics } from '#runtime';
import { Allow, CurrentPrincipal, Public } from './access.decorators.js';
import { Answers } from './answers.js';
import { callerProblem } from './caller-problem.js';
import { Callers, credentialOf } from './callers.js';
import { type Principal, ROLES, type Role, type Scope } from './principal.js';
import { problem } from './problem.js';
import { callerAddress } from './remote-address.js';
import { dateTime, objectOf, oneOf, text } from './schema.js';
import { SCOPE_SCHEMA } from './scope-schema.js';
import { SignInDto } from './session.dto.js';
import { noSessionCookie, sessionCookie, sessionTokenOf } from './session-cookie.js';
import { csrfTokenOf } from './session-token.js';
import { SESSION_LIFE_MS, type Session, Sessions } from './sessions.js';

/** Who is signed in, and until when. */
export interface SessionView {
  readonly role: Role;
  /** Whose key it is. */
  readonly name: string;
  readonly scope: Scope;
  /** To be sent as `X-CSRF-Token` with every request that changes something. */
  readonly csrfToken: string;
  /** ISO 8601 in UTC: when the session ends if nobody uses it. */
  readonly expiresAt: string;
}

const SESSION_SCHEMA = objectOf<SessionView>('Session', {
  role: oneOf(ROLES),
  name: text('Whose key it is.'),
  scope: SCOPE_SCHEMA,
  csrfToken: text('To be sent as X-CSRF-Token with every request that changes something.'),
  expiresAt: dateTime('When the session ends if nobody uses it.'),
});

/** A browser's session: the page hands its key over once, and script never sees the cookie it gets. */
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly sessions: Sessions,
    private readonly callers: Callers,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @Public()
  @Answers({
    is: 'Signs in: exchanges a key for a session cookie.',
    body: SESSION_SCHEMA,
    refuses: [401, 415],
  })
  async start(
    @Body() { key }: SignInDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionView> {
    // A form of another site can post without asking, and would sign this browser in as somebody else.
    if (request.is('application/json') === false) {
      throw problem(415, 'Unsupported Media Type', 'Send {"key": "lw_…"} as application/json.');
    }
    const checked = await this.callers.checkKey(key.trim(), callerAddress(request.ip));
    this.count(checked.ok ? 'signed-in' : checked.reason);
    if (!checked.ok) throw callerProblem(response, checked.reason, checked.retryAfterSeconds);
    const started = await this.sessions.start(checked.principal, sessionTokenOf(request.headers.cookie));
    if (started === null) throw callerProblem(response, 'wrong-key', 0);
    const maxAgeS = SESSION_LIFE_MS / 1_000;
    response.setHeader('Set-Cookie', sessionCookie(started.token, maxAgeS, request.secure));
    return sessionView(started.token, started.session);
  }

  @Get()
  @Allow(...ROLES)
  @Answers({ is: 'The session of this cookie.', body: SESSION_SCHEMA })
  async read(@Req() request: Request): Promise<SessionView> {
    const token = this.tokenOf(request);
    const session = await this.sessions.verify(token);
    if (session === null) throw noSession();
    return sessionView(token, session);
  }

  @Delete()
  @HttpCode(204)
  @Allow(...ROLES)
  @Answers({ is: 'Signs out: ends the session of this cookie, its live streams too.', body: null })
  async end(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @CurrentPrincipal() principal: Principal,
  ): Promise<void> {
    await this.sessions.end(this.tokenOf(request), principal);
    response.setHeader('Set-Cookie', noSessionCookie(request.secure));
  }

  /** Throws a 401 problem for a caller who came by key: that has no session. */
  private tokenOf(request: Request): string {
    const credential = credentialOf(request);
    if (credential.kind !== 'session') throw noSession();
    return credential.token;
  }

  private count(outcome: string): void {
    this.metrics
      .counter('liftwarden_sign_ins_total', 'Keys exchanged for a session, by outcome.', ['outcome'])
      .inc({ outcome });
  }
}

function sessionView(token: string, { principal, expiresAt }: Session): SessionView {
  return {
    role: principal.role,
    name: principal.label,
    scope: principal.scope,
    csrfToken: csrfTokenOf(token),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

function noSession() {
  return problem(401, 'Unauthorized', 'There is no session: sign in with POST /api/v1/session.');
}
