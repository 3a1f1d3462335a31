export { IMPORT_REPORT_SCHEMA } from './answer-schemas.js';
export { FleetModule } from './fleet.module.js';
export { FleetTerminalAccess } from './fleet-terminal-access.js';
export type { ImportBook } from './import-book.js';
export {
  type CellValue,
  choiceColumn,
  dateColumn,
  flagColumn,
  type ImportColumn,
  instantColumn,
  textColumn,
  wholeColumn,
} from './import-columns.js';
export type { ImportRow } from './import-kinds.js';
export type { ImportReport } from './import-report.js';
export type { BatchWriter, RowOutcome } from './import-writers.js';
export { Importer } from './importer.js';
export { type BookInterval, type FleetBook, readFleetBooks } from './lift-books.js';
export { LIVE_SCHEMA, type LiveView, liveView } from './live-view.js';
export { isRegistrationCode } from './registration-code.js';
export { hashSecret, verifySecret } from './secret-hash.js';
export { SqlLiftFacts } from './sql-lift-facts.js';
export { takeFile } from './take-file.js';
export { TerminalDirectory } from './terminal-directory.js';
