export { IngestModule } from './ingest.module.js';
export { type KnownTerminal, TerminalRegistry } from './terminal-registry.js';
export { type UnrecordedFault, UnrecordedFaults } from './unrecorded-faults.js';
