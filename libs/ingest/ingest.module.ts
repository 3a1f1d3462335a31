import { join } from 'node:path';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Journal, type OpenReport } from '#journal';
import { Records } from '#records';
import { Clock, Interludes, Metrics, Readiness } from '#runtime';
import { SeriesStore } from '#series';
import { FaultSeries } from './fault-series.js';
import { IngestMetrics } from './ingest-metrics.js';
import { IntakeController } from './intake.controller.js';
import { Intake } from './intake.js';
import { LiftStates } from './lift-states.js';
import { Pipeline } from './pipeline.js';
import { ReaderPressure } from './reader-pressure.js';
import { SeenIdentities } from './seen-identities.js';
import { TerminalRegistry } from './terminal-registry.js';
import { TerminalReplies } from './terminal-replies.js';
import { UnrecordedFaults } from './unrecorded-faults.js';
import { warmDetection } from './warm-detection.js';

export interface IngestOptions {
  /** The locked data folder: the journal and the lift states live in it. */
  readonly folder: string;
  /** Modules that provide `TerminalRegistry`. */
  readonly imports: NonNullable<ModuleMetadata['imports']>;
}

/**
 * The ingest path. Wants `Records`, `SeriesStore`, `TerminalRegistry`, `Clock`, `Metrics` and `Readiness`
 * from its surroundings; a broker strategy hands batches to its controller.
 */
@Module({})
export class IngestModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(Pipeline) private readonly pipeline: Pipeline,
    @Inject(FaultSeries) private readonly faultSeries: FaultSeries,
  ) {}

  static register(options: IngestOptions): DynamicModule {
    return {
      module: IngestModule,
      imports: options.imports,
      controllers: [IntakeController],
      providers: [
        IngestMetrics,
        ReaderPressure,
        SeenIdentities,
        LiftStates,
        UnrecordedFaults,
        Intake,
        TerminalReplies,
        {
          provide: Journal,
          useFactory: async (clock: Clock, metrics: Metrics, interludes: Interludes) => {
            const folder = join(options.folder, 'journal');
            const journal = new Journal({ folder, clock, metrics, interludes });
            reportDamage(await journal.open());
            return journal;
          },
          inject: [Clock, Metrics, Interludes],
        },
        {
          provide: FaultSeries,
          useFactory: (records: Records, series: SeriesStore, clock: Clock) =>
            new FaultSeries({ records, series, clock }),
          inject: [Records, SeriesStore, Clock],
        },
        {
          provide: Pipeline,
          useFactory: (
            journal: Journal,
            series: SeriesStore,
            records: Records,
            registry: TerminalRegistry,
            seen: SeenIdentities,
            states: LiftStates,
            clock: Clock,
            metrics: IngestMetrics,
            pressure: ReaderPressure,
            readiness: Readiness,
            unrecorded: UnrecordedFaults,
          ) => {
            const { folder } = options;
            const parts = {
              journal,
              series,
              records,
              registry,
              seen,
              states,
              clock,
              metrics,
              pressure,
              readiness,
              unrecorded,
              folder,
            };
            return new Pipeline(parts);
          },
          inject: [
            Journal,
            SeriesStore,
            Records,
            TerminalRegistry,
            SeenIdentities,
            LiftStates,
            Clock,
            IngestMetrics,
            ReaderPressure,
            Readiness,
            UnrecordedFaults,
          ],
        },
      ],
      exports: [TerminalReplies, UnrecordedFaults],
    };
  }

  /** Once the directory is loaded, before the broker listens. */
  async onApplicationBootstrap(): Promise<void> {
    warmDetection();
    await this.pipeline.start();
    this.faultSeries.start();
  }

  /** After Nest has closed the broker: what it acknowledged is in the journal. */
  async onApplicationShutdown(): Promise<void> {
    await this.faultSeries.stop();
    await this.pipeline.stop();
  }
}

/** What was lost before anyone read it, must be told: the metric alone says how much, not where. */
function reportDamage({ damaged, tornBytes }: OpenReport): void {
  const log = new Logger('Journal');
  if (tornBytes > 0) log.warn(`Cut ${tornBytes} bytes that a killed process had not finished writing.`);
  for (const { segment, offset, bytes, lostRecords } of damaged) {
    log.error(`${segment} is damaged at byte ${offset}: ${bytes} bytes, ${lostRecords} messages lost.`);
  }
}
