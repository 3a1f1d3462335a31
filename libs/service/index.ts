export { brokerTransport, checkBroker } from './broker-transport.js';
export { checkSeries } from './open-series.js';
export { runService, type Service, type ServiceConfig } from './run-service.js';
export { ServiceModule } from './service.module.js';
export { BROKER_VARIABLES, HTTP_VARIABLES, STORAGE_VARIABLES } from './variables.js';
