import 'reflect-metadata';
import { runService } from '#service';
import { NotifierAppModule, notifierTransports, readNotifierConfig } from './notifier-app.module.js';

await runService({
  name: 'notifier',
  read: readNotifierConfig,
  module: (config) => NotifierAppModule.register(config),
  transports: notifierTransports,
  page: null,
});
