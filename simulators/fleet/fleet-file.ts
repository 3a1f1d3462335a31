import { randomInt } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { CommandError } from '../command-line.js';

/** One terminal of a fleet file, with the secret the platform showed once. */
export interface FleetTerminal {
  readonly id: string;
  readonly secret: string;
  /** Terminal profile, e.g. `native-v1`. */
  readonly profile: string;
  /** Registration code of the lift it is bound to. */
  readonly lift: string;
  readonly rescueCode: string;
  /** County, 6 digits. */
  readonly district: string;
  readonly address: string;
  /** Floor marks, lowest first. */
  readonly floors: readonly string[];
}

const TEXTS = ['id', 'secret', 'profile', 'lift', 'rescueCode', 'district', 'address'] as const;

/** Reads a fleet file; what is wrong with it is one line naming the file and the entry. */
export async function readFleet(path: string): Promise<readonly FleetTerminal[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new CommandError(`fleet file ${path}: ${error.message}; make one with 'fleet generate'`);
  });
  return parseFleet(text, path);
}

export function parseFleet(text: string, path: string): readonly FleetTerminal[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`fleet file ${path}: not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isRecord(document) || document.version !== 1 || !Array.isArray(document.terminals)) {
    throw new CommandError(`fleet file ${path}: must be {"version": 1, "terminals": […]}`);
  }
  const ids = new Set<string>();
  return document.terminals.map((entry: unknown, index) => {
    const terminal = terminalOf(entry);
    if (typeof terminal === 'string')
      throw new CommandError(`fleet file ${path}: terminals[${index}].${terminal}`);
    if (ids.has(terminal.id)) {
      throw new CommandError(`fleet file ${path}: terminals[${index}].id: ${terminal.id} occurs twice`);
    }
    ids.add(terminal.id);
    return terminal;
  });
}

function terminalOf(entry: unknown): FleetTerminal | string {
  if (!isRecord(entry)) return ' must be an object';
  for (const field of TEXTS) {
    if (typeof entry[field] !== 'string' || entry[field] === '') return `${field}: must be a text`;
  }
  const floors: readonly unknown[] = Array.isArray(entry.floors) ? entry.floors : [];
  if (floors.length < 2 || floors.length > 200 || floors.some((mark) => typeof mark !== 'string')) {
    return 'floors: must be 2 to 200 floor marks';
  }
  return entry as unknown as FleetTerminal;
}

/**
 * Writes the file for its owner only (0600): it holds secrets. A new file replaces the old in one step, so a
 * killed process leaves the last complete one.
 */
export async function writeFleet(
  path: string,
  generatedAt: number,
  terminals: readonly FleetTerminal[],
): Promise<void> {
  const document = { version: 1, generatedAt: new Date(generatedAt).toISOString(), terminals };
  const draft = `${path}.${process.pid}-${randomInt(2 ** 32)}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(document, null, 1)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new CommandError(`fleet file ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
