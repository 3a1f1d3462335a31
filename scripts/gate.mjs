/**
 * The one gate: `npm test`. Format, lint, dependency rules, types, the build, unit tests, end-to-end tests on
 * what was built. With the word `services` (`npm run test:services`): the build, and the tests on real
 * engines instead. Each stage prints its time; a failed stage ends the run. The last line counts the tests of
 * all runs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { nodeOptions } from './jest-options.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'liftwarden-gate-'));
/** A test that waits for ever must not hold a machine for ever; its suite is the one without a line. */
const STAGE_LIMIT_MS = 45 * 60_000;
let runs = 0;
const counted = { passed: 0, failed: 0 };
/** What failed, a line each: said again at the end, where the reader of a long log looks. */
const failures = [];
const began = performance.now();
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

/** Runs one command of the local packages to its end; answers whether it succeeded. */
const run = (command, args, env) => runFile(join('node_modules', '.bin', command), args, env);

/** TypeScript 7 by its path: `.bin/tsc` may be version 6, which tools here call as a library. */
const tsc = (...args) => runFile(join('node_modules', '@typescript', 'native', 'bin', 'tsc'), args);

function runFile(file, args, env = {}) {
  const child = spawn(file, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    timeout: STAGE_LIMIT_MS,
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

async function jest(project, maxWorkers = 2, more = [], env = {}) {
  const outputFile = join(scratch, `${++runs}.json`);
  const args = [
    `--selectProjects=${project}`,
    `--maxWorkers=${maxWorkers}`,
    '--json',
    `--outputFile=${outputFile}`,
    '--silent',
    ...more,
  ];
  const ok = await run('jest', args, { ...env, NODE_OPTIONS: nodeOptions(project) });
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
      readFileSync(outputFile, 'utf8'),
    );
    failures.push(...failuresOf(testResults));
    counted.passed += numPassedTests;
    // A suite that could not even load has no test to count and has failed all the same.
    counted.failed += Math.max(numFailedTests, numFailedTestSuites);
  } catch {
    counted.failed += 1;
  }
  return ok;
}

function failuresOf(suites) {
  return suites
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative('.', name);
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [`${file}: ${firstLine(message)}`];
      return failed.map(
        ({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0] ?? '')}`,
      );
    });
}

/** The line that says what is wrong; above it some runners repeat the test's name. */
function firstLine(text) {
  const lines = stripVTControlCharacters(text).trim().split('\n');
  return (lines.find((line) => /error|expect/i.test(line)) ?? lines[0]).trim();
}

async function stage(name, work) {
  const started = performance.now();
  const ok = await work();
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}  ${seconds(started)} s`);
  return ok;
}

/** Stages one after another; a failed one ends the lane. */
async function lane(...stages) {
  for (const [name, work] of stages) if (!(await stage(name, work))) return false;
  return true;
}

// End-to-end tests that wait for `npm run test:services`: a start of the platform is five seconds of CPU, and
// the gate has three minutes.
const LATER = 'bad-input|revoke';
// The slowest of the unit tests, for the same reason: kills and replays of whole stores, random histories
// against a database, a database whose thread is ended, and what holds the benches' own parts together.
const LATER_UNITS = [
  ...['libs/ingest/pipeline', 'duckdb-series.kill', 'load/load-run', 'test/bench/'],
  ...['live-equals-batch', 'webhooks/webhooks.spec', 'threaded-pglite'],
].join('|');
const page = ['page', () => run('vite', ['build', 'apps/dashboard', '--logLevel', 'warn'])];
const build = ['build', () => tsc('-p', 'tsconfig.build.json', '--noCheck')];
const sources = ['apps', 'libs', 'simulators', 'test'];

/**
 * The checks that read and do not run: two lanes for two cores. `types` checks what `build` then only emits.
 */
async function checks() {
  const [styled, typed] = await Promise.all([
    lane(
      ['format', () => run('biome', ['format', '.'])],
      ['lint', () => run('biome', ['lint', '--error-on-warnings', '.'])],
      ['dependencies', () => run('depcruise', ['--config', '.dependency-cruiser.cjs', ...sources])],
      page,
    ),
    lane(
      build,
      ['types', () => tsc('-p', 'tsconfig.json', '--noEmit')],
      ['types of the page', () => tsc('-p', 'apps/dashboard', '--noEmit')],
    ),
  ]);
  return styled && typed;
}

async function gate() {
  if (!(await checks())) return false;
  // The demo mostly waits for its own faults: beside the unit tests it costs hardly a second.
  const demo = stage('demo', () => jest('e2e', 1, ['--testPathPatterns=demo.spec']));
  const rest = lane(
    ['unit tests', () => jest('unit', 2, [`--testPathIgnorePatterns=${LATER_UNITS}`])],
    ['end-to-end tests', () => jest('e2e', 2, [`--testPathIgnorePatterns=demo.spec|${LATER}`])],
  );
  return (await Promise.all([demo, rest])).every(Boolean);
}

// One at a time: outages and kills are timed against servers that should have the machine to themselves.
const services = () =>
  lane(
    build,
    page,
    ['slow unit tests', () => jest('unit', 2, [`--testPathPatterns=${LATER_UNITS}`])],
    ['ten kills, bad input', () => jest('e2e', 2, [`--testPathPatterns=${LATER}|kill`], { KILLS: '10' })],
    ['tests on real engines', () => jest('services', 1)],
  );

const ok = process.argv[2] === 'services' ? await services() : await gate();

rmSync(scratch, { recursive: true, force: true });
if (!ok && counted.failed === 0) counted.failed = 1;
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`total ${seconds(began)} s`);
console.log(`${counted.passed} passed, ${counted.failed} failed`);
process.exit(ok ? 0 : 1);
