import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { readConfig } from '#runtime';
import { hardenHttp } from './harden-http.js';
import { HTTP_VARIABLES } from './variables.js';

@Controller()
class EchoController {
  @Get(['api/echo', 'page'])
  echo(@Req() request: Request) {
    return { ip: request.ip, secure: request.secure };
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const apps: NestExpressApplication[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

async function served(trusted: readonly string[] | null): Promise<string> {
  const app = await NestFactory.create<NestExpressApplication>(EchoModule, {
    logger: false,
    forceCloseConnections: true,
  });
  apps.push(app);
  hardenHttp(app, trusted);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

const FORWARDED = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };

describe('hardenHttp', () => {
  it.each([
    [null, { ip: '127.0.0.1', secure: false }],
    [['10.0.0.0/8'], { ip: '127.0.0.1', secure: false }],
    [['loopback'], { ip: '203.0.113.9', secure: true }],
    [['10.0.0.1', '127.0.0.1'], { ip: '203.0.113.9', secure: true }],
  ])('trusting %j, what a proxy says of the client counts as %j', async (trusted, expected) => {
    const answer = await fetch(`${await served(trusted)}/api/echo`, { headers: FORWARDED });
    expect(await answer.json()).toEqual(expected);
  });

  it('lets the page run its own scripts alone, and be framed by nobody', async () => {
    const answer = await fetch(`${await served(null)}/page`);
    const policy = Object.fromEntries(
      (answer.headers.get('content-security-policy') ?? '').split(';').map((part) => {
        const [name = '', ...sources] = part.trim().split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(policy).toEqual({
      'default-src': "'self'",
      'script-src': "'self'",
      'script-src-attr': "'none'",
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'object-src': "'none'",
      'frame-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    });
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('permissions-policy')).toContain('camera=()');
    expect(answer.headers.get('cache-control')).toBeNull();
    const api = await fetch(`${await served(null)}/api/echo`);
    expect(api.headers.get('cache-control')).toBe('no-store');
  });
});

describe('TRUST_PROXY', () => {
  it.each([
    ['', null],
    ['loopback', ['loopback']],
    ['10.0.0.1, 192.168.0.0/16,::1,fd00::/8', ['10.0.0.1', '192.168.0.0/16', '::1', 'fd00::/8']],
  ])('%j is %j', (text, expected) => {
    expect(readConfig(HTTP_VARIABLES, { TRUST_PROXY: text }).TRUST_PROXY).toEqual(expected);
  });

  it.each(['true', '*', '1', '0.0.0.0/0', '10.0.0.0/33', '::/0', 'proxy.local', '10.0.0.1,', '10.0.0.1/8/8'])(
    '%j is refused, so that it does not believe everybody by mistake',
    (text) => {
      expect(() => readConfig(HTTP_VARIABLES, { TRUST_PROXY: text })).toThrow('TRUST_PROXY is');
    },
  );
});
