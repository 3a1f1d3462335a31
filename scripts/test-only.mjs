/**
 * `npm run test:only -- libs/domain [more of Jest's options]`: the unit tests whose path contains that. With
 * `--project=e2e` or `--project=services` first, those of another project, on what `npm run build` made.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeOptions } from './jest-options.mjs';

const [first, ...others] = process.argv.slice(2);
const named = /^--project=(\w+)$/.exec(first ?? '')?.[1];
const project = named ?? 'unit';
const [path, ...more] = named ? others : process.argv.slice(2);
const args = [`--selectProjects=${project}`, ...(path ? [`--testPathPatterns=${path}`] : []), ...more];
const { status } = spawnSync(join('node_modules', '.bin', 'jest'), args, {
  stdio: 'inherit',
  env: { ...process.env, NODE_OPTIONS: nodeOptions(project) },
});
process.exit(status ?? 1);
