/** Builds once when nothing is built yet, so that `npm run sim` works in a fresh checkout. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (!existsSync('dist/simulators/main.js')) {
  const { status } = spawnSync('npm', ['run', 'build', '--silent'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.exit(status ?? 1);
}
