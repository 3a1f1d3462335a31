import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { AccessModule } from '#access';
import { AlarmController } from './alarm.controller.js';
import { AlarmActions } from './alarm-actions.js';
import { AlarmMonitor } from './alarm-monitor.controller.js';
import { AlarmReads } from './alarm-reads.js';
import { AlarmStreamController } from './alarm-stream.controller.js';
import { AlarmStreams } from './alarm-streams.js';
import { AlarmTail } from './alarm-tail.js';
import { FaultController } from './fault.controller.js';
import { QuarantineController } from './quarantine.controller.js';
import { UnrecordedAlarms } from './unrecorded-alarms.js';

/** Its handlers run under an `EventLogStrategy` of consumer `monitor`. */
@Module({ controllers: [AlarmMonitor] })
class AlarmMonitorModule {}

// The stream first: `alarms/:id` would take its path.
@Module({
  imports: [AccessModule],
  controllers: [AlarmStreamController, AlarmController, FaultController, QuarantineController],
  providers: [AlarmReads, AlarmActions, AlarmTail, AlarmStreams, UnrecordedAlarms],
})
class AlarmApiModule {}

type Imports = NonNullable<ModuleMetadata['imports']>;

/**
 * The monitor's part: alarms from faults. Needs Records, Clock and Metrics; `imports` gives `LiftFacts` (the
 * fleet's module), unless a global module does.
 */
export function alarmMonitorModule(imports: Imports = []): DynamicModule {
  return { module: AlarmMonitorModule, imports };
}

/** The API's part: alarms with their live stream, faults, quarantine. Needs the same, and `AccessModule`. */
export function alarmApiModule(imports: Imports = []): DynamicModule {
  return { module: AlarmApiModule, imports };
}
