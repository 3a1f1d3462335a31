import { ROLES, type Role } from '#access';
import { alarmOf, DISTRICT, faultOf, firmOf, liftOf, type Side, terminalOf, userOf } from './two-sides.js';

/** What a route is meant to do, written by hand: compared with what it does. */
export interface RouteRule {
  /** Null = open to everyone. */
  readonly roles: readonly Role[] | null;
  /** The path to ask; of one side when the route is about one thing of it. */
  readonly path: string | ((side: Side) => string);
  readonly body?: unknown;
  /** Statuses that say: access was granted. */
  readonly granted: readonly number[];
  /** The answer shows every side that the caller sees; false = something that belongs to no side. */
  readonly shows: boolean;
  /** Callers who see less than their scope says: their key's scope is a firm's. */
  readonly notForFirms?: boolean;
}

const ADMIN: readonly Role[] = ['admin'];
const TESTERS: readonly Role[] = ['admin', 'tester'];

const list = (path: string, roles: readonly Role[] = ROLES): RouteRule => ({
  roles,
  path,
  granted: [200],
  shows: true,
});
const one = (path: (side: Side) => string, roles: readonly Role[] = ROLES): RouteRule => ({
  roles,
  path,
  granted: [200],
  shows: true,
});
/** A change by an admin that comes to nothing: `granted` is how a request that is let in then fails. */
const adminOnly = (path: string, granted: readonly number[], body?: unknown): RouteRule => ({
  roles: ADMIN,
  path,
  granted,
  shows: false,
  body,
});
const open = (path: string, granted: readonly number[], body?: unknown): RouteRule => ({
  roles: null,
  path,
  granted,
  shows: false,
  body,
});

const RULERS: readonly Role[] = ['regulator', 'admin'];
const WATCHERS: readonly Role[] = ['regulator', 'dispatcher', 'admin'];
/** A request by those who set rates that comes to nothing. */
const changing = (path: string, granted: readonly number[], body?: unknown): RouteRule => ({
  roles: RULERS,
  path,
  granted,
  shows: false,
  body,
});

const NO_KEY = '/api/v1/keys/000000000000';
const WEBHOOK_ROLES: readonly Role[] = ['admin', 'regulator', 'firm'];
/** About a webhook that nobody has: whoever is let in is told so. */
const noWebhook = (path: string, body?: unknown): RouteRule => ({
  roles: WEBHOOK_ROLES,
  path: `/api/v1/webhooks/none${path}`,
  granted: [404],
  shows: false,
  body,
});
const NO_TERMINAL = '/api/v1/terminals/none';

/** Every route of the platform: a route that is missing here fails the matrix. */
export const ROUTE_RULES: Readonly<Record<string, RouteRule>> = {
  'GET /health/live': open('/health/live', [200]),
  'GET /health/ready': open('/health/ready', [200, 503]),
  'GET /metrics': { roles: TESTERS, path: '/metrics', granted: [200], shows: false },
  'GET /api/openapi.json': open('/api/openapi.json', [200]),
  'GET /api/asyncapi.json': open('/api/asyncapi.json', [200]),

  'POST /api/v1/session': open('/api/v1/session', [400], {}),
  // By key there is no session: who is let in is told so.
  'GET /api/v1/session': { roles: ROLES, path: '/api/v1/session', granted: [401], shows: false },
  'DELETE /api/v1/session': { roles: ROLES, path: '/api/v1/session', granted: [401], shows: false },

  'GET /api/v1/keys': list('/api/v1/keys', ADMIN),
  'POST /api/v1/keys': adminOnly('/api/v1/keys', [400], {}),
  'GET /api/v1/keys/{id}': adminOnly(NO_KEY, [404]),
  'PATCH /api/v1/keys/{id}': adminOnly(NO_KEY, [404], { label: 'x' }),
  'DELETE /api/v1/keys/{id}': adminOnly(NO_KEY, [404]),

  'GET /api/v1/alarms': list('/api/v1/alarms'),
  'GET /api/v1/alarms/stream': { ...list('/api/v1/alarms/stream'), shows: false },
  'GET /api/v1/alarms/{id}': one((side) => `/api/v1/alarms/${alarmOf(side)}`),
  'POST /api/v1/alarms/{id}/acknowledge': {
    roles: ['regulator', 'firm', 'dispatcher', 'admin'],
    path: (side) => `/api/v1/alarms/${alarmOf(side)}/acknowledge`,
    body: {},
    // The first who may acknowledges; the others are told that somebody has.
    granted: [200, 409],
    shows: true,
  },
  'POST /api/v1/alarms/{id}/close': {
    roles: ['regulator', 'dispatcher', 'admin'],
    path: (side) => `/api/v1/alarms/${alarmOf(side)}/close`,
    body: { note: 'all well' },
    // Its fault is still open.
    granted: [409],
    shows: true,
  },
  'GET /api/v1/faults': list('/api/v1/faults'),
  'GET /api/v1/faults/{id}': one((side) => `/api/v1/faults/${faultOf(side)}`),
  'GET /api/v1/quarantine': { ...list('/api/v1/quarantine', TESTERS), notForFirms: true },

  'GET /api/v1/districts': list('/api/v1/districts'),
  'POST /api/v1/districts': adminOnly('/api/v1/districts', [400], {}),
  'GET /api/v1/districts/{code}': one((side) => `/api/v1/districts/${DISTRICT[side]}`),
  'PATCH /api/v1/districts/{code}': adminOnly('/api/v1/districts/999999', [400], {}),
  'GET /api/v1/firms': list('/api/v1/firms'),
  'POST /api/v1/firms': adminOnly('/api/v1/firms', [400], {}),
  'GET /api/v1/firms/{id}': one((side) => `/api/v1/firms/${firmOf(side)}`),
  'PATCH /api/v1/firms/{id}': adminOnly('/api/v1/firms/none', [400], {}),
  'GET /api/v1/users': list('/api/v1/users'),
  'POST /api/v1/users': adminOnly('/api/v1/users', [400], {}),
  'GET /api/v1/users/{id}': one((side) => `/api/v1/users/${userOf(side)}`),
  'PATCH /api/v1/users/{id}': adminOnly('/api/v1/users/none', [400], {}),

  'GET /api/v1/lifts': list('/api/v1/lifts'),
  'POST /api/v1/lifts': adminOnly('/api/v1/lifts', [400], {}),
  'GET /api/v1/lifts/{registrationCode}': one((side) => `/api/v1/lifts/${liftOf(side)}`),
  'PATCH /api/v1/lifts/{registrationCode}': adminOnly('/api/v1/lifts/none', [404], { site: 'x' }),
  'GET /api/v1/lifts/{registrationCode}/history': one((side) => `/api/v1/lifts/${liftOf(side)}/history`),
  'GET /api/v1/lifts/{lift}/state': one((side) => `/api/v1/lifts/${liftOf(side)}/state`),
  'GET /api/v1/lifts/{lift}/series': {
    ...one((side) => `/api/v1/lifts/${liftOf(side)}/series?field=speed`),
    // Numbers: no text of a side is in them.
    shows: false,
  },
  'GET /api/v1/lifts/{lift}/sources': one((side) => `/api/v1/lifts/${liftOf(side)}/sources`),
  'GET /api/v1/lifts/{lift}/statistics': one((side) => `/api/v1/lifts/${liftOf(side)}/statistics`),
  'GET /api/v1/states': list(`/api/v1/states?lifts=${liftOf('A')},${liftOf('B')}`),
  'GET /api/v1/exports/lifts': list('/api/v1/exports/lifts'),
  'POST /api/v1/imports/{kind}': adminOnly('/api/v1/imports/none', [400, 404, 415], {}),

  'GET /api/v1/terminals': list('/api/v1/terminals'),
  'POST /api/v1/terminals': adminOnly('/api/v1/terminals', [400], {}),
  'GET /api/v1/terminals/{id}': one((side) => `/api/v1/terminals/${terminalOf(side)}`),
  'POST /api/v1/terminals/{id}/bind': adminOnly(`${NO_TERMINAL}/bind`, [404], { lift: liftOf('A') }),
  'POST /api/v1/terminals/{id}/unbind': adminOnly(`${NO_TERMINAL}/unbind`, [404], {}),
  'POST /api/v1/terminals/{id}/rotate-secret': adminOnly(`${NO_TERMINAL}/rotate-secret`, [404]),
  'POST /api/v1/terminals/{id}/revoke': adminOnly(`${NO_TERMINAL}/revoke`, [404]),
  'GET /api/v1/mosquitto/password-file': list('/api/v1/mosquitto/password-file', ADMIN),

  // Who sees which webhook is tested in libs/webhooks: they are made by the test.
  'GET /api/v1/webhooks': { ...list('/api/v1/webhooks', WEBHOOK_ROLES), shows: false },
  'POST /api/v1/webhooks': {
    roles: WEBHOOK_ROLES,
    path: '/api/v1/webhooks',
    granted: [400],
    shows: false,
    body: {},
  },
  'GET /api/v1/webhooks/{id}': noWebhook(''),
  'PATCH /api/v1/webhooks/{id}': noWebhook('', { label: 'x' }),
  'DELETE /api/v1/webhooks/{id}': noWebhook(''),
  'POST /api/v1/webhooks/{id}/rotate-secret': noWebhook('/rotate-secret'),
  'POST /api/v1/webhooks/{id}/test': noWebhook('/test'),
  'GET /api/v1/webhooks/{id}/statistics': noWebhook('/statistics'),
  'GET /api/v1/webhooks/{id}/deliveries': noWebhook('/deliveries'),
  'GET /api/v1/webhooks/{id}/deliveries/{delivery}': noWebhook('/deliveries/none'),
  'GET /api/v1/webhooks/{id}/deliveries/{delivery}/attempts': noWebhook('/deliveries/none/attempts'),
  'POST /api/v1/webhooks/{id}/deliveries/{delivery}/redeliver': noWebhook('/deliveries/none/redeliver'),
  'POST /api/v1/webhooks/{id}/redeliver': noWebhook('/redeliver', { since: '2026-05-01T00:00:00Z' }),
  'GET /api/v1/events': { ...list('/api/v1/events', WEBHOOK_ROLES), shows: false },
  'GET /api/v1/event-types': { ...list('/api/v1/event-types'), shows: false },

  'GET /api/v1/indicators': one((side) => `/api/v1/indicators?scope=lift:${liftOf(side)}&period=2026-05`),
  // The ranked are firms of the caller: a firm sees itself.
  'GET /api/v1/indicators/ranking': {
    ...list('/api/v1/indicators/ranking?by=firm&indicator=fault-rate&period=2026-05'),
    shows: false,
  },
  'GET /api/v1/indicators/{id}/trend': {
    ...one((side) => `/api/v1/indicators/fault-rate/trend?scope=lift:${liftOf(side)}`),
    // Numbers: no text of a side is in them.
    shows: false,
  },
  'GET /api/v1/indicators/{id}/rows': {
    ...one((side) => `/api/v1/indicators/fault-rate/rows?scope=lift:${liftOf(side)}&period=2026-05`),
    shows: false,
  },
  'GET /api/v1/policies': { ...list('/api/v1/policies'), shows: false },
  'GET /api/v1/districts/{code}/policies': {
    ...list('/api/v1/districts/999999/policies', ['regulator', 'dispatcher', 'tester', 'admin']),
    granted: [200, 404],
    shows: false,
  },
  'PUT /api/v1/districts/{code}/policies': changing('/api/v1/districts/999999/policies', [400], {}),
  'DELETE /api/v1/districts/{code}/policies': changing(
    '/api/v1/districts/999999/policies?profile=none',
    [404],
  ),
  'GET /api/v1/rules': { ...list('/api/v1/rules', RULERS), shows: false },
  'POST /api/v1/rules': changing('/api/v1/rules', [400], {}),
  'POST /api/v1/rules/backtest': changing('/api/v1/rules/backtest', [400], {}),
  'GET /api/v1/rules/{id}': changing('/api/v1/rules/none', [404]),
  'GET /api/v1/rules/{id}/versions': changing('/api/v1/rules/none/versions', [404]),
  'GET /api/v1/rules/{id}/states': changing('/api/v1/rules/none/states', [404]),
  'PUT /api/v1/rules/{id}': changing('/api/v1/rules/none', [400], {}),
  'DELETE /api/v1/rules/{id}': changing('/api/v1/rules/none', [404]),
  'POST /api/v1/books/{book}': { ...changing('/api/v1/books/none', [404], { items: [{}] }), roles: WATCHERS },
  'POST /api/v1/books/{book}/import': {
    ...changing('/api/v1/books/none/import', [404], {}),
    roles: WATCHERS,
  },
  'GET /api/v1/findings': { ...list('/api/v1/findings?kind=faked-faults', WATCHERS), shows: false },
  'POST /api/v1/faults/{id}/judgement': {
    roles: ['regulator', 'dispatcher', 'admin'],
    path: (side) => `/api/v1/faults/${faultOf(side)}/judgement`,
    body: { verdict: 'genuine', reason: 'looked at' },
    granted: [200],
    shows: false,
  },
};
