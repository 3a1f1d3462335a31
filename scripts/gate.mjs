/**
 * The one gate: `npm test`. Format, lint, dependency rules, build and types, unit tests, end-to-end tests on what was
 * built. Each stage prints its time; the first that fails ends the run. The last line counts the tests of all runs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'liftwarden-gate-'));
const counted = { passed: 0, failed: 0 };
const began = performance.now();

/** Runs one command of the local packages; answers whether it succeeded. */
function run(command, args, env = {}) {
  const bin = join('node_modules', '.bin', command);
  const { status } = spawnSync(bin, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0;
}

function jest(project) {
  const outputFile = join(scratch, `${project}.json`);
  const args = ['--selectProjects', project, '--json', `--outputFile=${outputFile}`, '--silent'];
  const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`;
  const ok = run('jest', args, { NODE_OPTIONS: options.trim() });
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
      readFileSync(outputFile, 'utf8'),
    );
    counted.passed += numPassedTests;
    // A suite that could not even load has no test to count and has failed all the same.
    counted.failed += Math.max(numFailedTests, numFailedTestSuites);
  } catch {
    counted.failed += 1;
  }
  return ok;
}

const stages = [
  ['format', () => run('biome', ['format', '.'])],
  ['lint', () => run('biome', ['lint', '--error-on-warnings', '.'])],
  [
    'dependencies',
    () => run('depcruise', ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'simulators', 'test']),
  ],
  ['build', () => run('tsc', ['-p', 'tsconfig.build.json'])],
  [
    'types',
    () => run('tsc', ['-p', 'tsconfig.json', '--noEmit']) && run('tsc', ['-p', 'apps/dashboard', '--noEmit']),
  ],
  ['page', () => run('vite', ['build', 'apps/dashboard', '--logLevel', 'warn'])],
  ['unit tests', () => jest('unit')],
  ['end-to-end tests', () => jest('e2e')],
];

let ok = true;
for (const [name, stage] of stages) {
  const started = performance.now();
  ok = stage();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}  ${seconds} s`);
  if (!ok) break;
}

rmSync(scratch, { recursive: true, force: true });
if (!ok && counted.failed === 0) counted.failed = 1;
console.log(`total ${((performance.now() - began) / 1000).toFixed(1)} s`);
console.log(`${counted.passed} passed, ${counted.failed} failed`);
process.exit(ok ? 0 : 1);
