import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { meaningFaults } from './policy-meaning.js';
import { type Place, type PolicyPath, placeAt, placeOf, pointerOf, stepsOf } from './policy-places.js';
import type { PolicyProfile } from './policy-profile.js';
import { POLICY_SCHEMA } from './policy-schema.js';

/** Bytes of a policy file; the longest we ship has a fiftieth of it. */
export const POLICY_BYTES_MAX = 262_144;
/** Files in a folder of policies. */
export const POLICY_FILES_MAX = 500;
/** Faults that are told of one file; mending the first ones often mends the rest. */
export const POLICY_FAULTS_MAX = 50;

/** One thing wrong with a policy file. */
export interface PolicyFault extends Place {
  readonly file: string;
  /** `/indicators/2/target`; `/` for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export type PolicyRead =
  | { readonly ok: true; readonly profile: PolicyProfile }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

export type PoliciesLoaded =
  | { readonly ok: true; readonly profiles: readonly PolicyProfile[] }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

const validate = new Ajv2020({ strict: true, allErrors: true }).compile<PolicyProfile>(POLICY_SCHEMA);

/** `policies/x.yaml:14:7 /indicators/2/target must be number`. */
export function policyFaultText({ file, line, column, path, message }: PolicyFault): string {
  return `${file}:${line}:${column} ${path} ${message}`;
}

/**
 * Every policy of a folder, by id; one wrong file refuses them all, with every fault of every file. Throws
 * when the folder cannot be read.
 */
export async function loadPolicies(folder: string): Promise<PoliciesLoaded> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length > POLICY_FILES_MAX) {
    const message = `${names.length} files: keep at most ${POLICY_FILES_MAX} in a folder`;
    return { ok: false, faults: [{ file: folder, line: 1, column: 1, path: '/', message }] };
  }
  const read = await Promise.all(
    names.map(async (name) => readPolicy(join(folder, name), await readFile(join(folder, name), 'utf8'))),
  );
  const faults = read.flatMap((each) => (each.ok ? [] : each.faults));
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, profiles: read.flatMap((each) => (each.ok ? [each.profile] : [])) };
}

/** Reads one policy file; `file` is its path, whose last part must be the profile's id and `.yaml`. */
export function readPolicy(file: string, text: string): PolicyRead {
  const bytes = Buffer.byteLength(text);
  const whole = { file, line: 1, column: 1, path: '/' };
  if (bytes > POLICY_BYTES_MAX) {
    return { ok: false, faults: [{ ...whole, message: `${bytes} bytes: at most ${POLICY_BYTES_MAX}` }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  // An unknown tag is only a warning to the parser; here it would be a value nobody asked for.
  const broken: Broken[] = [...document.errors, ...document.warnings, ...aliasFaults(document)];
  if (broken.length > 0) {
    return refused(broken.map(({ pos, message }) => ({ ...whole, ...placeAt(lines, pos[0] ?? 0), message })));
  }
  const told = ({ path, message, atKey = false }: Told): PolicyFault => ({
    file,
    ...placeOf(document, lines, path, atKey),
    path: pointerOf(path),
    message,
  });
  return judge(document, document.toJS(), nameOf(file), told);
}

/** What makes a text no YAML we read, at an offset. */
interface Broken {
  readonly pos: readonly number[];
  readonly message: string;
}

interface Told {
  readonly path: PolicyPath;
  readonly message: string;
  readonly atKey?: boolean;
}

function judge(
  document: Document,
  value: unknown,
  name: string,
  told: (fault: Told) => PolicyFault,
): PolicyRead {
  if (!validate(value)) {
    return refused((validate.errors ?? []).map((error) => told(shapeFault(document, error))));
  }
  const faults = meaningFaults(value, name).map((fault) => told(fault));
  return faults.length > 0 ? refused(faults) : { ok: true, profile: value };
}

/** From top to bottom, as they are mended; the first of them if there are too many. */
function refused(faults: readonly PolicyFault[]): PolicyRead {
  const inOrder = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, faults: inOrder.slice(0, POLICY_FAULTS_MAX) };
}

/** Aliases are refused: ten lines of them can grow to gigabytes. */
function aliasFaults(document: Document): readonly Broken[] {
  const faults: Broken[] = [];
  visit(document, {
    Alias(_key, { range, source }) {
      faults.push({ pos: [range?.[0] ?? 0], message: `alias *${source}: write the value out` });
    },
  });
  return faults;
}

/** The file's name without `.yaml`, of either kind of path. */
function nameOf(file: string): string {
  return (file.split(/[/\\]/).at(-1) ?? '').replace(/\.yaml$/, '');
}

/** Ajv's error in words that say what to do, at the place where it is to be done. */
function shapeFault(document: Document, { instancePath, keyword, params, message }: ErrorObject): Told {
  const path = stepsOf(document, instancePath);
  const given = document.getIn(path);
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      return { path: [...path, name], message: 'is not a known property: remove it', atKey: true };
    }
    case 'required':
      return { path, message: `needs '${String(params.missingProperty)}'` };
    case 'enum':
      return { path, message: `${JSON.stringify(given)} is none of ${namesOf(params.allowedValues)}` };
    default:
      return { path, message: message ?? `breaks the rule '${keyword}'` };
  }
}

function namesOf(allowed: unknown): string {
  return Array.isArray(allowed) ? allowed.join(', ') : 'the known ones';
}
