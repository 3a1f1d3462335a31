import { Module } from '@nestjs/common';
import { LiftFacts } from '#alarms';
import { TerminalRegistry } from '#ingest';
import { TerminalAccess } from '#mqtt';
import { ExportController } from './export.controller.js';
import { FleetTerminalAccess } from './fleet-terminal-access.js';
import { ImportController } from './import.controller.js';
import { Importer } from './importer.js';
import { LiftController } from './lift.controller.js';
import { NamedBooks } from './named-books.js';
import { PasswordFileController } from './password-file.controller.js';
import { DistrictController, FirmController, UserController } from './places.controller.js';
import { SqlLiftFacts } from './sql-lift-facts.js';
import { TerminalController } from './terminal.controller.js';
import { TerminalDirectory } from './terminal-directory.js';

/**
 * Districts, firms, users, lifts and terminals, by API and by file, and what others ask of them by port:
 * `TerminalAccess` the broker, `TerminalRegistry` the ingest, `LiftFacts` the alarms. Needs Records,
 * SeriesStore, Clock, Metrics.
 */
@Module({
  controllers: [
    DistrictController,
    FirmController,
    UserController,
    LiftController,
    TerminalController,
    PasswordFileController,
    ImportController,
    ExportController,
  ],
  providers: [
    TerminalDirectory,
    NamedBooks,
    Importer,
    { provide: TerminalRegistry, useExisting: TerminalDirectory },
    { provide: TerminalAccess, useClass: FleetTerminalAccess },
    { provide: LiftFacts, useClass: SqlLiftFacts },
  ],
  exports: [TerminalRegistry, TerminalAccess, LiftFacts, Importer],
})
export class FleetModule {}
