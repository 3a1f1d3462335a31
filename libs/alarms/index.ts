export { MONITOR_CONSUMER } from './alarm-monitor.controller.js';
export type { AlarmView } from './alarm-view.js';
export { alarmApiModule, alarmMonitorModule } from './alarms.module.js';
export { type LiftFact, LiftFacts } from './lift-facts.js';
