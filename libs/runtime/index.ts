export { Clock, SystemClock } from './clock.js';
export {
  type Config,
  ConfigError,
  type ConfigSchema,
  oneOf,
  optionalPort,
  optionalText,
  optionalUrl,
  port,
  readConfig,
  text,
  type Variable,
} from './config.js';
export { DataDirLock, DataDirLockedError } from './data-dir-lock.js';
export { Interludes } from './interludes.js';
export { Metrics } from './metrics.js';
export { Readiness, type ReadinessCheck } from './readiness.js';
export { ThreadAnswers } from './thread-answers.js';
export { keepAnswersYoung } from './young-generation.js';
