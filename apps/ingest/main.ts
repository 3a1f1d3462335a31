import 'reflect-metadata';
import { runService } from '#service';
import { IngestAppModule, ingestTransports, readIngestConfig } from './ingest-app.module.js';

await runService({
  name: 'ingest',
  read: readIngestConfig,
  module: (config) => IngestAppModule.register(config),
  transports: ingestTransports,
  page: null,
});
