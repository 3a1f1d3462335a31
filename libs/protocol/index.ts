export * from './fault-kinds.js';
export * from './message.js';
export * from './profile.js';
export * from './topics.js';
