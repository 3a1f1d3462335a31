import 'reflect-metadata';
import { join } from 'node:path';
import { AdminKeyBootstrap } from '#access';
import { runService } from '#service';
import { PlatformModule, platformTransports, readPlatformConfig } from './platform.module.js';

await runService({
  name: 'platform',
  read: readPlatformConfig,
  module: (config) => PlatformModule.register(config),
  transports: platformTransports,
  page: join(import.meta.dirname, '../../dashboard'),
  prepare: async (app, config) => {
    const key = await app.get(AdminKeyBootstrap).ensure(config.DATA_DIR);
    if (key !== null) {
      process.stdout.write(`First admin key, also in ${join(config.DATA_DIR, 'admin.key')}: ${key}\n`);
    }
  },
});
