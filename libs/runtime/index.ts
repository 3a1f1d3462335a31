export { Clock, SystemClock } from './clock.js';
export { Metrics } from './metrics.js';
