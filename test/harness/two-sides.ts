import type { NewKey, Role, Scope } from '#access';
import type { SeriesPoint } from '#series';
import type { PlatformApp } from './platform-app.js';

/** Two firms in two districts that must know nothing of each other. */
export type Side = 'A' | 'B';
export const SIDES: readonly Side[] = ['A', 'B'];

/** Stands in every text and id of a side: where it is read, a byte of that side was seen. */
export const markOf = (side: Side) => `MARK${side}`;

export const DISTRICT = { A: '330922104', B: '420102001' } as const;
export const liftOf = (side: Side) => `LIFT-${markOf(side)}`;
export const terminalOf = (side: Side) => `terminal-${markOf(side)}`;
export const firmOf = (side: Side) => `firm-${markOf(side)}`;
export const userOf = (side: Side) => `user-${markOf(side)}`;
export const faultOf = (side: Side) => `fault-${markOf(side)}`;
export const alarmOf = (side: Side) => `alarm-${markOf(side)}`;

export interface Caller {
  readonly name: string;
  /** Null = comes without any key. */
  readonly key: string | null;
  readonly role: Role | null;
  readonly sees: readonly Side[];
}

const SCOPES: readonly (readonly [string, Scope, readonly Side[]])[] = [
  ['all', { kind: 'all' }, SIDES],
  ['district of A', { kind: 'district', prefix: '330922' }, ['A']],
  ['district of B', { kind: 'district', prefix: '4201' }, ['B']],
  ['firm A', { kind: 'firm', firm: firmOf('A') }, ['A']],
  ['firm B', { kind: 'firm', firm: firmOf('B') }, ['B']],
];

/** The scopes that a key of each role may have. */
const SCOPE_KINDS: Readonly<Record<Role, readonly Scope['kind'][]>> = {
  regulator: ['all', 'district', 'firm'],
  dispatcher: ['all', 'district', 'firm'],
  tester: ['all', 'district', 'firm'],
  firm: ['firm'],
  admin: ['all'],
};

/** A key of every role with every scope that it may have, and nobody. */
export async function everyCaller(app: PlatformApp): Promise<readonly Caller[]> {
  const callers: Caller[] = [{ name: 'nobody', key: null, role: null, sees: [] }];
  for (const [role, kinds] of Object.entries(SCOPE_KINDS) as [Role, readonly Scope['kind'][]][]) {
    for (const [label, scope, sees] of SCOPES) {
      if (!kinds.includes(scope.kind)) continue;
      const key: NewKey = { label: `${role} of the matrix`, role, scope };
      callers.push({ name: `${role}, ${label}`, key: (await app.makeKey(key)).text, role, sees });
    }
  }
  return callers;
}

/** Everything of both sides: places, firms, users, lifts, terminals, faults, alarms, refused messages. */
export async function seedTwoSides(app: PlatformApp, admin: string): Promise<void> {
  for (const side of SIDES) {
    const mark = markOf(side);
    const lift = {
      registrationCode: liftOf(side),
      district: DISTRICT[side],
      address: `1 ${mark} Road`,
      site: `${mark} Tower`,
      firm: firmOf(side),
      user: userOf(side),
    };
    const steps: readonly (readonly [string, object])[] = [
      ['districts', { code: DISTRICT[side], name: `${mark} town` }],
      ['firms', { id: firmOf(side), name: `${mark} Lifts` }],
      ['users', { id: userOf(side), name: `${mark} Housing` }],
      ['lifts', lift],
      ['terminals', { id: terminalOf(side), profile: 'native-v1', lift: liftOf(side) }],
    ];
    for (const [path, body] of steps) {
      const made = await app.send('POST', `/api/v1/${path}`, { authorization: `Bearer ${admin}` }, body);
      if (made.status !== 201) throw new Error(`seeding ${path}: ${made.status} ${made.text}`);
    }
    await seedRecords(app, side);
  }
  const points = SIDES.map(pointOf);
  const batch = app.series.begin();
  batch.add(points);
  const source = { keepRefused: () => Promise.reject(new Error('refused')), reread: async () => points };
  const stored = await batch.store(1, source);
  if (!stored.ok) throw new Error(`seeding the series: ${stored.message}`);
}

/** A reading with whatever a terminal can say. */
function pointOf(side: Side): SeriesPoint {
  const at = Date.UTC(2026, 4, 1, 8);
  return {
    lift: liftOf(side),
    district: DISTRICT[side].slice(0, 6),
    terminal: terminalOf(side),
    boot: 'b1',
    seq: 1,
    at,
    terminalAt: at,
    receivedAt: at,
    clockSuspect: false,
    sample: {
      mode: 'normal',
      direction: 'up',
      moving: true,
      floor: '-2B',
      doorState: 'closed',
      inDoorZone: false,
      doorLock: 'closed',
      safetyLoop: 'closed',
      occupied: null,
      speed: 1.5,
      levelErrorMm: -3.5,
      loadPercent: 40,
      powerState: 'mains',
      tripCount: 7,
      doorCycleCount: null,
      temperature: 21.5,
      vibration: null,
      extra: { seen: markOf(side) },
    },
  };
}

async function seedRecords(app: PlatformApp, side: Side): Promise<void> {
  const { db } = app.records;
  const at = new Date('2026-05-01T08:00:00Z');
  const common = {
    lift: liftOf(side),
    district: DISTRICT[side],
    firm: firmOf(side),
    kind: 'entrapment',
    evidence: 'reported',
    priority: 'critical',
    reason: 'reported-by-terminal',
    raised_at: at,
    cleared_at: null,
    clock_suspect: false,
    attachments: 0,
  } as const;
  await db
    .insertInto('fault')
    .values({
      ...common,
      id: faultOf(side),
      terminal: terminalOf(side),
      state: 'open',
      received_at: at,
      clear_reason: null,
      profile: 'native-v1',
      code: 'entrapment',
      detail: JSON.stringify({ seen: markOf(side) }),
    })
    .execute();
  await db
    .insertInto('alarm')
    .values({
      ...common,
      id: alarmOf(side),
      source: 'fault',
      source_key: faultOf(side),
      fault_id: faultOf(side),
      subject: null,
      state: 'raised',
      recorded_at: at,
      acknowledged_at: null,
      acknowledged_by: null,
      closed_at: null,
      closed_by: null,
      note: markOf(side),
      version: 1,
    })
    .execute();
  await db
    .insertInto('quarantine')
    .values({
      lsn: side === 'A' ? 1 : 2,
      received_at: at,
      terminal: terminalOf(side),
      lift: liftOf(side),
      district: DISTRICT[side],
      topic: `lift/v1/${terminalOf(side)}/telemetry`,
      reason: 'malformed-json',
      detail: markOf(side),
      body: Buffer.from(markOf(side)),
      length: 5,
      sha256: '00',
    })
    .execute();
  await db
    .insertInto('lift_statistics')
    .values({
      lift: liftOf(side),
      terminal: terminalOf(side),
      profile: 'jtc340',
      period_start: at,
      period_end: null,
      runs: 73,
      run_minutes: 61.5,
      run_metres: null,
      door_cycles: 88,
      raw: JSON.stringify({ seen: markOf(side) }),
      received_at: at,
    })
    .execute();
}

/** The event of an alarm, as the monitor appends it. */
export async function raiseAlarm(app: PlatformApp, side: Side, id: string): Promise<void> {
  const lift = liftOf(side);
  const event = {
    type: 'alarm.raised',
    lift,
    district: DISTRICT[side],
    firm: firmOf(side),
    data: {
      alarm: { id, lift, kind: 'door-held', priority: 'medium', version: 1 },
      reason: 'test',
      receivedAt: null,
    },
  } as const;
  await app.records.write(async () => ({ result: undefined, events: [event] }));
}
