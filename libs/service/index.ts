export { runService, type Service } from './run-service.js';
export { ServiceModule } from './service.module.js';
export { EDGE_VARIABLES, HTTP_VARIABLES, STORAGE_VARIABLES } from './variables.js';
