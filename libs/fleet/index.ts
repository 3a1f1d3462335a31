export { FleetModule } from './fleet.module.js';
export { FleetTerminalAccess } from './fleet-terminal-access.js';
export { LIVE_SCHEMA, type LiveView, liveView } from './live-view.js';
export { isRegistrationCode } from './registration-code.js';
export { hashSecret, verifySecret } from './secret-hash.js';
export { SqlLiftFacts } from './sql-lift-facts.js';
export { TerminalDirectory } from './terminal-directory.js';
