import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

/**
 * The page needs nothing but itself. Styles inline are allowed, and only they: Ant Design writes `<style>`
 * elements at run time and ECharts puts `style` attributes into its tooltips, for which no nonce can vouch;
 * the page is a static file besides, which has no request to carry a nonce of. Without scripts, frames or
 * foreign addresses an injected style has nobody to tell.
 */
const PAGE_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  scriptSrcAttr: ["'none'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  frameSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** The page uses none of the machine's devices. */
const PERMISSIONS = 'camera=(), microphone=(), geolocation=(), payment=(), usb=()';

/**
 * What every answer carries, and whose word about the client is believed. `trusted`: proxies in front, whose
 * `X-Forwarded-For` gives the address for limits and whose `X-Forwarded-Proto: https` makes the session's
 * cookie `Secure`; null = nobody's.
 */
export function hardenHttp(app: NestExpressApplication, trusted: readonly string[] | null): void {
  app.disable('x-powered-by');
  app.set('trust proxy', trusted === null ? false : [...trusted]);
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
      referrerPolicy: { policy: 'no-referrer' },
    }),
  );
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Permissions-Policy', PERMISSIONS);
    // What the API says is somebody's: neither a proxy nor the browser's disk keeps it.
    if (request.path.startsWith('/api/')) response.setHeader('Cache-Control', 'no-store');
    next();
  });
}
