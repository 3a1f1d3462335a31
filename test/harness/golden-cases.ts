import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Decoded } from '#protocol';
import { PROJECT_ROOT } from './project-root.js';

/** What a terminal sent, and what it means. A case is added by adding a folder. */
export interface GoldenCase {
  readonly profile: string;
  readonly name: string;
  readonly topic: string;
  readonly input: Uint8Array;
  /** `expected.json`: a whole `Decoded`. */
  readonly expected: Decoded;
  /** `answer.json`: topic and JSON payload of the answer, or null for none; undefined without the file. */
  readonly answer: { readonly topic: string; readonly payload: unknown } | null | undefined;
}

const HERE = join(PROJECT_ROOT, 'libs/protocol/');

/** The folder of each profile; a vendor's is named like the profile. */
export const PROFILE_FOLDERS: ReadonlyMap<string, string> = new Map([
  ['native-v1', `${HERE}native/`],
  ...readdirSync(`${HERE}profiles`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, `${HERE}profiles/${name}/`] as const),
]);

/** Every `testdata/<case>/{topic,input.json|input.bin,expected.json,answer.json?}` of every profile. */
export const GOLDEN_CASES: readonly GoldenCase[] = [...PROFILE_FOLDERS].flatMap(([profile, folder]) => {
  const testdata = `${folder}testdata/`;
  const names = existsSync(testdata) ? readdirSync(testdata) : [];
  return names.map((name) => readCase(profile, name, `${testdata}${name}/`));
});

/** Throws for a folder that is no case, naming it. */
function readCase(profile: string, name: string, folder: string): GoldenCase {
  const inputs = readdirSync(folder).filter((file) => file.startsWith('input.'));
  if (inputs.length !== 1) throw new Error(`${folder} has ${inputs.length} inputs; it needs one`);
  const answer = `${folder}answer.json`;
  return {
    profile,
    name,
    topic: readFileSync(`${folder}topic`, 'utf8').trimEnd(),
    input: readFileSync(`${folder}${inputs[0]}`),
    expected: JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')),
    answer: existsSync(answer) ? JSON.parse(readFileSync(answer, 'utf8')) : undefined,
  };
}
