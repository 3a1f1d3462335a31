import {
  dateTime,
  type FieldsOf,
  flag,
  integer,
  listOf,
  nullable,
  number,
  objectOf,
  oneOf,
  pageOfSchema,
  text,
  unionOf,
} from '#access';
import type { RowError } from './import-reader.js';
import type { ImportReport } from './import-report.js';
import { DATUMS, USE_KINDS } from './lift-fields.js';
import type { HistoryEntry } from './lift-history.js';
import type { LiftView } from './lift-view.js';
import { LIVE_SCHEMA, type LiveView } from './live-view.js';
import type { NamedView } from './named-books.js';
import type { TerminalView } from './terminal-rows.js';

const VERSION = integer('Counts the changes; the first part of the ETag.');
/** What a route says of its tag. */
export const ETAG = { ETag: 'Tag of what is shown, for If-Match.' };

export const DISTRICT_SCHEMA = objectOf<{
  readonly code: string;
  readonly name: string;
  readonly version: number;
}>('District', {
  code: text('6 digits a county, 9 a township, 12 a village.'),
  name: text(),
  version: VERSION,
});
export const DISTRICT_PAGE_SCHEMA = pageOfSchema('DistrictPage', DISTRICT_SCHEMA);

/** A firm or a user. */
export const NAMED_SCHEMA = objectOf<NamedView>('Named', { id: text(), name: text(), version: VERSION });
export const NAMED_PAGE_SCHEMA = pageOfSchema('NamedPage', NAMED_SCHEMA);

const LIFT_FIELDS: FieldsOf<LiftView> = {
  registrationCode: text('注册代码.'),
  rescueCode: nullable(text('救援码, 6 digits.')),
  district: text(),
  address: text(),
  site: nullable(text('The estate, mall or hospital.')),
  useKind: nullable(oneOf(USE_KINDS)),
  installedOn: nullable(text('YYYY-MM-DD.')),
  maker: nullable(text()),
  model: nullable(text()),
  firm: nullable(text('Id of the maintenance firm 维保单位.')),
  user: nullable(text('Id of the user 使用单位.')),
  longitude: nullable(number('Degrees east in datum.')),
  latitude: nullable(number('Degrees north in datum.')),
  datum: nullable(oneOf(DATUMS)),
  createdAt: dateTime(),
  version: VERSION,
  terminal: nullable(
    objectOf<NonNullable<LiftView['terminal']>>('LiftTerminal', {
      id: text(),
      profile: text(),
      boundAt: dateTime(),
    }),
  ),
};
export const LIFT_SCHEMA = objectOf<LiftView>('Lift', LIFT_FIELDS);
export const LIFT_PAGE_SCHEMA = pageOfSchema('LiftPage', LIFT_SCHEMA);

export const LIFT_DETAIL_SCHEMA = objectOf<
  LiftView & { readonly live: LiveView | null; readonly liveAvailable: boolean }
>('LiftDetail', {
  ...LIFT_FIELDS,
  live: nullable(LIVE_SCHEMA),
  liveAvailable: flag('False when the series store did not answer.'),
});

type EntryOf<K extends HistoryEntry['kind']> = Extract<HistoryEntry, { kind: K }>;

const HISTORY_SCHEMA = unionOf<HistoryEntry>('HistoryEntry', [
  objectOf<EntryOf<'served'>>('HistoryServed', {
    kind: oneOf(['served']),
    from: dateTime(),
    to: nullable(dateTime('Null while it lasts.')),
    district: text(),
    firm: nullable(text()),
    user: nullable(text()),
  }),
  objectOf<EntryOf<'terminal'>>('HistoryTerminal', {
    kind: oneOf(['terminal']),
    from: dateTime(),
    to: nullable(dateTime('Null while it lasts.')),
    terminal: text(),
  }),
]);
export const HISTORY_PAGE_SCHEMA = pageOfSchema('HistoryPage', HISTORY_SCHEMA);

const TERMINAL_FIELDS: FieldsOf<TerminalView> = {
  id: text(),
  profile: text(),
  lift: nullable(text('Registration code of the lift it is in now.')),
  boundAt: nullable(dateTime()),
  registeredAt: dateTime(),
  revokedAt: nullable(dateTime()),
  version: VERSION,
};
export const TERMINAL_SCHEMA = objectOf<TerminalView>('Terminal', TERMINAL_FIELDS);
export const TERMINAL_PAGE_SCHEMA = pageOfSchema('TerminalPage', TERMINAL_SCHEMA);
export const TERMINAL_SECRET_SCHEMA = objectOf<TerminalView & { readonly secret: string }>(
  'TerminalWithSecret',
  { ...TERMINAL_FIELDS, secret: text('Shown this once.') },
);

export const IMPORT_REPORT_SCHEMA = objectOf<ImportReport>('ImportReport', {
  rows: integer(),
  registered: integer(),
  changed: integer(),
  unchanged: integer(),
  refused: integer(),
  ignoredColumns: listOf(text()),
  errors: listOf(
    objectOf<RowError>('RowError', {
      line: integer("Line of the file where the row begins; the heading's is 1."),
      column: nullable(text()),
      code: text(),
      message: text(),
    }),
  ),
  errorsTotal: integer(),
  stopped: nullable(
    objectOf<NonNullable<ImportReport['stopped']>>('ImportStopped', { code: text(), message: text() }),
  ),
});
