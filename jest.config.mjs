/**
 * One Jest configuration, three projects: `unit` beside the code, `e2e` on the embedded parts, `services` on
 * real ones. `source` makes `#domain` mean libs/domain/index.ts: without it Jest would silently test the last
 * build.
 */
const base = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const patient = { ...base, setupFilesAfterEnv: ['<rootDir>/test/harness/patience.mjs'] };

export default {
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{apps,libs,simulators}/**/*.spec.ts',
        '<rootDir>/test/{architecture,bench}/*.spec.ts',
      ],
    },
    { ...patient, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    { ...patient, displayName: 'services', testMatch: ['<rootDir>/test/services/**/*.spec.ts'] },
  ],
};
