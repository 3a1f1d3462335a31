export { brokerTransport, checkBroker } from './broker-transport.js';
export type { AsyncApiDocument } from './contract/asyncapi.js';
export type { OpenApiDocument } from './contract/openapi.js';
export { type ApiRoute, RouteCatalogue } from './contract/route-catalogue.js';
export { hardenHttp } from './harden-http.js';
export { checkSeries } from './open-series.js';
export { runService, type Service, type ServiceConfig } from './run-service.js';
export { ServiceModule } from './service.module.js';
export { BROKER_VARIABLES, HTTP_VARIABLES, STORAGE_VARIABLES } from './variables.js';
