import 'reflect-metadata';
import { join } from 'node:path';
import { AdminKeyBootstrap } from '#access';
import { readConfig } from '#runtime';
import { runService } from '#service';
import { PLATFORM_VARIABLES, PlatformModule, platformTransports } from './platform.module.js';

await runService({
  name: 'platform',
  read: (env) => readConfig(PLATFORM_VARIABLES, env),
  module: (config) => PlatformModule.register(config),
  transports: platformTransports,
  page: join(import.meta.dirname, '../../dashboard'),
  ready: async (app, config) => {
    const key = await app.get(AdminKeyBootstrap).ensure(config.DATA_DIR);
    if (key !== null) {
      process.stdout.write(`First admin key, also in ${join(config.DATA_DIR, 'admin.key')}: ${key}\n`);
    }
  },
});
