import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Files git tracks or would track, so that what is ignored is not judged. */
const FILES = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /^(apps|libs|simulators|test|scripts)\/.*\.(ts|tsx|mjs)$/.test(file))
  .filter((file) => !file.includes('/testdata/'));
const CODE = FILES.filter((file) => !/\.(spec|fixture)\.ts$/.test(file));

const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const lines = (file: string) => text(file).split('\n');

/** Every place where `pattern` stands in `files`, as `file:line`. */
function places(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    lines(file).flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

describe('architecture', () => {
  it('looks at the sources', () => {
    expect(CODE.length).toBeGreaterThan(100);
  });

  it('time and chance come only from their ports', () => {
    const clocks = new Set([
      'libs/runtime/clock.ts',
      'simulators/clock.ts',
      'apps/dashboard/src/browser-clock.ts',
    ]);
    const judged = CODE.filter((file) => /^(apps|libs|simulators)\//.test(file) && !clocks.has(file));
    expect(places(judged, /\bDate\.now\(|new Date\(\)|Math\.random\(/)).toEqual([]);
  });

  it('no file is longer than 300 lines, no line longer than 110 characters', () => {
    const code = CODE.filter((file) => !file.includes('/i18n/'));
    expect(code.filter((file) => lines(file).length > 301)).toEqual([]);
    expect(places(code, /^.{111,}$/)).toEqual([]);
  });

  it('main files are wiring of at most 30 lines', () => {
    const mains = CODE.filter((file) => /^apps\/(?!dashboard)[^/]+\/main\.ts$/.test(file));
    expect(mains.length).toBeGreaterThan(1);
    expect(mains.filter((file) => lines(file).length > 31)).toEqual([]);
  });

  it('no folder is a catch-all, no check is silenced, no test is skipped', () => {
    expect(FILES.filter((file) => /\/(common|shared|utils|helpers|core)\//.test(file))).toEqual([]);
    const silenced = new RegExp(
      ['@ts-', 'ignore|@ts-', 'nocheck|biome-', 'ignore|eslint-', 'disable'].join(''),
    );
    expect(places(FILES, silenced)).toEqual([]);
    expect(places(FILES, /\b(it|test|describe)\.(skip|todo|only)\b|\bx(it|describe)\(/)).toEqual([]);
  });

  it('one index a lib, and files by their names', () => {
    const index = FILES.filter((file) => /\/index\.tsx?$/.test(file));
    expect(
      index.filter((file) => !/^libs\/[^/]+\/index\.ts$/.test(file) && !/i18n\/index\.ts$/.test(file)),
    ).toEqual([]);
    expect(FILES.filter((file) => /[A-Z_]/.test(file.replace(/^apps\/dashboard\/.*/, '')))).toEqual([]);
  });

  it('tests read the sources, not the last build', () => {
    expect(import.meta.resolve('#domain')).toMatch(/libs\/domain\/index\.ts$/);
  });

  it('the lock file and the sources name no registry and no machine', () => {
    expect(text('package-lock.json')).not.toMatch(/"resolved"/);
  });
});
