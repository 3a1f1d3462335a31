import { Module } from '@nestjs/common';
import { LiftFacts } from '#alarms';
import { TerminalRegistry } from '#ingest';
import { TerminalAccess } from '#mqtt';
import { FleetTerminalAccess } from './fleet-terminal-access.js';
import { LiftController } from './lift.controller.js';
import { PasswordFileController } from './password-file.controller.js';
import { DistrictController, FirmController } from './places.controller.js';
import { SqlLiftFacts } from './sql-lift-facts.js';
import { TerminalController } from './terminal.controller.js';
import { TerminalDirectory } from './terminal-directory.js';

/**
 * Districts, firms, lifts and terminals, and what others ask of them by port: `TerminalAccess` the broker,
 * `TerminalRegistry` the ingest, `LiftFacts` the alarms. Needs Records, SeriesStore, Clock, Metrics.
 */
@Module({
  controllers: [
    DistrictController,
    FirmController,
    LiftController,
    TerminalController,
    PasswordFileController,
  ],
  providers: [
    TerminalDirectory,
    { provide: TerminalRegistry, useExisting: TerminalDirectory },
    { provide: TerminalAccess, useClass: FleetTerminalAccess },
    { provide: LiftFacts, useClass: SqlLiftFacts },
  ],
  exports: [TerminalRegistry, TerminalAccess, LiftFacts],
})
export class FleetModule {}
