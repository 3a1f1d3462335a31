export { IngestModule } from './ingest.module.js';
export { type KnownTerminal, TerminalRegistry } from './terminal-registry.js';
export { TerminalReplies } from './terminal-replies.js';
export { type UnrecordedFault, UnrecordedFaults } from './unrecorded-faults.js';
