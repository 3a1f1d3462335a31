import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigSchema } from '#runtime';
import { INGEST_VARIABLES } from '../../apps/ingest/ingest-app.module.js';
import { PLATFORM_VARIABLES } from '../../apps/platform/platform.module.js';
import { PLATFORM_FLAGS } from '../harness/platform-process.js';
import { PROJECT_ROOT } from '../harness/project-root.js';

const fileText = (path: string) => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const readme = fileText('README.md');

/** The table as the schema says it. */
function variablesTable(schema: ConfigSchema): string {
  const rows = Object.entries(schema).map(
    ([name, { fallback, description }]) =>
      `| \`${name}\` | ${fallback === null ? 'none' : `\`${fallback}\``} | ${description} |`,
  );
  return ['| variable | default | what it is |', '|---|---|---|', ...rows].join('\n');
}

test('tests and benches start the platform as `npm start` and the image do', () => {
  const { scripts } = JSON.parse(fileText('package.json')) as { scripts: Record<string, string> };
  expect(scripts.start).toContain(`node ${PLATFORM_FLAGS.join(' ')} dist/apps/platform/main.js`);
  const command = ['node', ...PLATFORM_FLAGS, 'dist/apps/platform/main.js'];
  expect(fileText('Dockerfile')).toContain(`CMD ${JSON.stringify(command).replaceAll(',', ', ')}`);
});

describe('README', () => {
  it("shows the schema's variables", () => {
    const [, shown] = /<!-- variables:.*?-->\n([\s\S]*?)\n?<!-- \/variables -->/.exec(readme) ?? [];
    expect(shown).toBe(variablesTable({ ...PLATFORM_VARIABLES, ...INGEST_VARIABLES }));
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(fileText('package.json')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run )?(\w+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
  });

  it('links only to what is there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((path) => !existsSync(join(PROJECT_ROOT, path)))).toEqual([]);
  });
});
