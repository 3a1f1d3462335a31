/**
 * Node's module hooks for tests that run in Node itself: TypeScript is compiled as it is imported, with the
 * decorators' metadata that Nest needs, and kept under node_modules/.cache by the hash of its text. `./x.js`
 * means `./x.ts` where that is what there is; `#domain` means the source by the condition `source`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { swc } from './swc-options.mjs';

const options = { ...swc, configFile: false, swcrc: false };
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'liftwarden-tests');
mkdirSync(cache, { recursive: true });

export async function resolve(specifier, context, next) {
  // An absolute URL is what a worker thread is started with.
  if (/^(\.|file:).*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(fileURLToPath(source))) {
      return { url: source.href, format: 'module', shortCircuit: true };
    }
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !pathname.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: compiled(fileURLToPath(`file://${pathname}`)), shortCircuit: true };
}

function compiled(file) {
  const text = readFileSync(file, 'utf8');
  const key = createHash('sha256').update(JSON.stringify(options)).update(file).update('\0').update(text);
  const kept = join(cache, `${key.digest('hex')}.js`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const { code } = transformSync(text, { ...options, filename: file });
  // Two workers may compile the same file: each writes its own, and the rename is whole or not at all.
  const draft = `${kept}.${process.pid}.${performance.now()}`;
  writeFileSync(draft, code);
  renameSync(draft, kept);
  return code;
}
