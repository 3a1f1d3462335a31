import { HttpError } from '@influxdata/influxdb-client';
import { type InfluxHttp, type InfluxTarget, queryOf } from './influx-http.js';
import { failureReason } from './influx-outcome.js';
import { type InfluxRow, quoteName, SERIES_NAME } from './influxql.js';
import { SAMPLE_MEASUREMENT } from './line-protocol.js';

/** 1.x refuses the first value above its limit (PITFALLS 37): warn while there is time to raise it. */
const VALUES_WARN_SHARE = 0.8;

/** What the check found: one part a fact, and what an operator should look at. */
export interface Findings {
  readonly facts: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Looks at the server before anything is written: reachable, of the generation that was configured, the
 * database or bucket there (1.x: made when missing), readable by InfluxQL (2.x: mapped), and how long it
 * keeps points. Rejects with one line that names the URL and what to do.
 */
export async function checkServer(http: InfluxHttp, target: InfluxTarget): Promise<Findings> {
  const warnings: string[] = [];
  const version = await generation(http, target);
  if (version === null) {
    warnings.push(`it does not say its version; it is spoken to as InfluxDB ${target.version}.x`);
  }
  const part = { 1: checkDatabase, 2: checkBucket, 3: checkDatabaseOf3 }[target.version];
  const found = await part(http, target);
  await http.query('SHOW MEASUREMENTS LIMIT 1');
  return {
    facts: [version === null ? `InfluxDB ${target.version}.x` : `InfluxDB ${version}`, ...found.facts],
    warnings: [...warnings, ...found.warnings],
  };
}

/**
 * The server's version, null when it does not say; rejects when it is another generation than the configured
 * one.
 */
async function generation(http: InfluxHttp, target: InfluxTarget): Promise<string | null> {
  let version: string | null = null;
  try {
    await http.json('GET', '/ping', '', (headers) => {
      const header = headers['x-influxdb-version'];
      version = typeof header === 'string' ? header : null;
    });
  } catch (error) {
    if (!(error instanceof HttpError)) {
      throw new Error(`${http.failed(error).message}. Start it, or mend INFLUX_URL.`, { cause: error });
    }
    // 3.x answers 401 to a ping without a token, and still says its version.
    if (version === null && [401, 403].includes(error.statusCode)) throw http.failed(error);
  }
  version ??= await versionByHealth(http);
  const major = /^v?(\d+)\./.exec(version ?? '')?.[1];
  if (major === undefined) return null;
  if (Number(major) !== target.version) {
    throw new Error(
      `InfluxDB at ${http.name} is version ${version}, but INFLUX_VERSION is ${target.version}. ` +
        `Set INFLUX_VERSION=${major}, or give the URL of a ${target.version}.x server.`,
    );
  }
  return version;
}

async function versionByHealth(http: InfluxHttp): Promise<string | null> {
  try {
    const { version } = fieldsOf(await http.json('GET', '/health', ''));
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

async function checkDatabase(http: InfluxHttp, { bucket }: InfluxTarget): Promise<Findings> {
  const facts: string[] = [];
  let policies = await policiesOf(http, bucket);
  if (policies === null) {
    try {
      await http.query(`CREATE DATABASE ${quoteName(bucket)}`, { method: 'POST' });
    } catch (error) {
      throw new Error(
        `InfluxDB at ${http.name} has no database ${bucket} and does not make it: ${wordsOf(error)}. ` +
          `As an administrator run CREATE DATABASE ${quoteName(bucket)} and grant the user all on it.`,
        { cause: error },
      );
    }
    facts.push(`database ${bucket} made`);
    policies = (await policiesOf(http, bucket)) ?? [];
  } else {
    facts.push(`database ${bucket}`);
  }
  const policy = policies.find((row) => row.default === true);
  facts.push(policy ? `retention ${policy.name} ${durationWords(policy.duration)}` : 'no default retention');
  const values = await tagValues(http, bucket);
  return {
    facts: [...facts, ...values.facts],
    warnings: policy
      ? values.warnings
      : [`database ${bucket} has no default retention policy: writes will be refused`, ...values.warnings],
  };
}

/** Null when there is no such database. */
async function policiesOf(http: InfluxHttp, database: string): Promise<readonly InfluxRow[] | null> {
  try {
    return await http.query(`SHOW RETENTION POLICIES ON ${quoteName(database)}`);
  } catch (error) {
    if (wordsOf(error).includes('database not found')) return null;
    throw error;
  }
}

/** How near the number of lifts is to `max-values-per-tag`; an ordinary user may not ask. */
async function tagValues(http: InfluxHttp, database: string): Promise<Findings> {
  try {
    const rows = await http.query('SHOW DIAGNOSTICS');
    const limit = rows.find((row) => row[SERIES_NAME] === 'config-data')?.['max-values-per-tag'];
    const [lifts] = await http.query(
      `SHOW TAG VALUES EXACT CARDINALITY ON ${quoteName(database)} ` +
        `FROM "${SAMPLE_MEASUREMENT}" WITH KEY = "lift"`,
    );
    const stored = typeof lifts?.count === 'number' ? lifts.count : 0;
    if (limit === 0) return { facts: [`${stored} lifts, max-values-per-tag off`], warnings: [] };
    if (typeof limit !== 'number') return { facts: [`${stored} lifts`], warnings: [] };
    const near = stored >= limit * VALUES_WARN_SHARE;
    return {
      facts: [`${stored} lifts of max-values-per-tag ${limit}`],
      warnings: near
        ? [
            `${stored} lifts are stored and max-values-per-tag is ${limit}: ` +
              'points of further lifts will be refused; raise it',
          ]
        : [],
    };
  } catch {
    return { facts: ['max-values-per-tag unknown (only an administrator may ask)'], warnings: [] };
  }
}

async function checkBucket(http: InfluxHttp, { bucket, org }: InfluxTarget): Promise<Findings> {
  if (org === undefined || org === '') {
    throw new Error(`InfluxDB at ${http.name} is 2.x, which wants an organization: set INFLUX_ORG.`);
  }
  const found = await bucketNamed(http, org, bucket);
  if (found === null) {
    throw new Error(
      `InfluxDB at ${http.name} has no bucket ${bucket} in organization ${org}, or the token may not ` +
        `see it: run influx bucket create --org ${org} --name ${bucket}, and give the token read and write ` +
        'access to it.',
    );
  }
  const facts = [`bucket ${bucket}`, `retention ${bucketRetention(found)}`];
  const listed = await http
    .json('GET', `/api/v2/dbrps${queryOf({ org, db: bucket })}`, '')
    .catch((error: unknown) => (error instanceof HttpError ? null : Promise.reject(http.failed(error))));
  if (listed === null) {
    const warning = 'the token may not list DBRP mappings, so it is not checked which bucket InfluxQL reads';
    return { facts, warnings: [warning] };
  }
  const mappings = listOf(fieldsOf(listed).content).map(fieldsOf);
  const mapping = mappings.find((each) => each.default === true);
  if (mapping === undefined) {
    await mapDatabase(http, bucket, found);
    return { facts: [...facts, 'DBRP mapping made'], warnings: [] };
  }
  if (mapping.bucketID !== found.id) {
    throw new Error(
      `InfluxDB at ${http.name} maps the database name ${bucket} to another bucket (${mapping.bucketID}), ` +
        `so InfluxQL would read that one: run influx v1 dbrp delete --id ${mapping.id}.`,
    );
  }
  return {
    facts: [...facts, `DBRP mapping ${mapping.virtual === true ? 'virtual' : 'there'}`],
    warnings: [],
  };
}

async function bucketNamed(http: InfluxHttp, org: string, name: string): Promise<Fields | null> {
  try {
    const answer = fieldsOf(await http.json('GET', `/api/v2/buckets${queryOf({ org, name })}`, ''));
    return (
      listOf(answer.buckets)
        .map(fieldsOf)
        .find((each) => each.name === name) ?? null
    );
  } catch (error) {
    if (error instanceof HttpError && error.statusCode === 404) return null;
    throw http.failed(error);
  }
}

async function mapDatabase(http: InfluxHttp, bucket: string, { id, orgID }: Fields): Promise<void> {
  const wanted = { bucketID: id, orgID, database: bucket, retention_policy: 'autogen', default: true };
  try {
    await http.json('POST', '/api/v2/dbrps', JSON.stringify(wanted));
  } catch (error) {
    throw new Error(
      `InfluxDB at ${http.name} has no DBRP mapping for ${bucket}, which InfluxQL needs, and does not ` +
        `make it: ${failureReason(error)}. Run influx v1 dbrp create --db ${bucket} --rp autogen --default ` +
        `--bucket-id ${id}.`,
      { cause: error },
    );
  }
}

async function checkDatabaseOf3(http: InfluxHttp, { bucket }: InfluxTarget): Promise<Findings> {
  let answer: unknown;
  try {
    answer = await http.json('GET', '/api/v3/configure/database?format=json', '');
  } catch (error) {
    if (!(error instanceof HttpError) || error.statusCode === 401) throw http.failed(error);
    const warning = `the list of databases may not be read (${failureReason(error)})`;
    return { facts: [`database ${bucket}`], warnings: [warning] };
  }
  // The documentation shows `{"databases": [name]}`, the server's own output rows of `iox::database`.
  const rows = Array.isArray(answer) ? listOf(answer) : listOf(fieldsOf(answer).databases);
  const names = rows.flatMap((row) => (typeof row === 'string' ? [row] : Object.values(fieldsOf(row))));
  if (!names.includes(bucket)) {
    throw new Error(
      `InfluxDB at ${http.name} has no database ${bucket}: run influxdb3 create database ${bucket}.`,
    );
  }
  return { facts: [`database ${bucket}`], warnings: [] };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function bucketRetention(bucket: Fields): string {
  const seconds = fieldsOf(listOf(bucket.retentionRules)[0]).everySeconds;
  return typeof seconds === 'number' && seconds > 0 ? `${seconds} s` : 'for ever';
}

function durationWords(duration: unknown): string {
  return duration === '0s' ? 'for ever' : String(duration);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
