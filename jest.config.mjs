/**
 * One Jest configuration, three projects: `unit` beside the code, `e2e` on the embedded parts, `services` on
 * real ones. `source` makes `#domain` mean libs/domain/index.ts: without it Jest would silently test the last
 * build. Unit tests run in Node itself (`scripts/jest-options.mjs`): what is imported is shared by the suites of a
 * worker, nothing is sandboxed, and a test has no time limit of its own; the gate's stage has.
 */
import { swc } from './test/harness/swc-options.mjs';

const base = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
};

const patient = { ...base, setupFilesAfterEnv: ['<rootDir>/test/harness/patience.mjs'] };

export default {
  projects: [
    {
      ...base,
      displayName: 'unit',
      runner: 'jest-light-runner',
      testMatch: [
        '<rootDir>/{apps,libs,simulators}/**/*.spec.ts',
        '<rootDir>/test/{architecture,bench}/*.spec.ts',
      ],
    },
    { ...patient, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    { ...patient, displayName: 'services', testMatch: ['<rootDir>/test/services/**/*.spec.ts'] },
  ],
};
