export { telemetryModule } from './telemetry.module.js';
