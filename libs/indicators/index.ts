export { INDICATORS_CONSUMER, INDICATORS_PAGE_MAX } from './indicator-follower.controller.js';
export { IndicatorApiModule, IndicatorMonitorModule } from './indicators.module.js';
