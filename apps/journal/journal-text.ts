import type { CheckedSnapshot, JournalInspection, JournalVerdict, Tallies } from '#journal';

const SEGMENTS_SHOWN = 20;

/** What an inspection found, for people. `now` in ms, for the ages. */
export function inspectionText(found: JournalInspection, now: number): string {
  const { folder, segments, bytes, entries, flaws } = found;
  const shown = segments.slice(-SEGMENTS_SHOWN);
  const rows = shown.map((segment) => [
    segment.name,
    segment.entries === 0 ? '-' : `${segment.firstLsn}–${segment.lastLsn}`,
    String(segment.entries),
    size(segment.bytes),
    age(segment.oldestAt, now),
    age(segment.newestAt, now),
    segment.flaws === 0 ? '' : `${segment.flaws} flaws: see verify`,
  ]);
  const more = segments.length - shown.length;
  return [
    `${folder}: ${segments.length} segments, ${size(bytes)}, ${entries} entries` +
      `${flaws === 0 ? '' : `, ${flaws} flaws`}`,
    `oldest ${age(found.oldestAt, now)}, newest ${age(found.newestAt, now)}`,
    '',
    ...(more > 0 ? [`the newest ${shown.length}; ${more} before them (--json shows all)`] : []),
    ...table([['segment', 'entry numbers', 'entries', 'size', 'oldest', 'newest', ''], ...rows]),
    '',
    ...tallies('outcome', found.outcomes),
    ...tallies('topic', found.topics),
    ...tallies('terminal', found.terminals),
    ...snapshotLines(found.snapshots, now),
    'Positions of the readers are in their stores; see liftwarden_journal_reader_lag_entries in /metrics.',
  ].join('\n');
}

/** What a verification found, for people. */
export function verdictText(verdict: JournalVerdict): string {
  const { folder, segments, bytes, entries, firstLsn, lastLsn, flaws, flawCount, damaged } = verdict;
  const lines = flaws.map(
    ({ kind, segment, offset, bytes: length, lostRecords, detail }) =>
      `${kind}: ${segment}, byte ${offset}, ${length} bytes, ${lostRecords} entries lost: ${detail}`,
  );
  if (flawCount > flaws.length) lines.push(`and ${flawCount - flaws.length} more`);
  const range = firstLsn === null ? '' : `, ${firstLsn} to ${lastLsn}`;
  return [
    `${folder}: ${segments} segments, ${size(bytes)}, ${entries} entries${range}`,
    ...lines,
    ...snapshotLines(verdict.snapshots, null),
    damaged ? `DAMAGED: ${verdict.lostRecords} entries lost` : 'whole',
  ].join('\n');
}

function snapshotLines(snapshots: readonly CheckedSnapshot[], now: number | null): string[] {
  return snapshots.map(({ path, lsn, takenAt, bytes, damage }) => {
    const when = now === null ? '' : `, ${age(takenAt, now)} old`;
    return `snapshot ${path}: after entry ${lsn ?? '?'}, ${size(bytes)}${when}, ${damage ?? 'whole'}`;
  });
}

function tallies(what: string, { top, names }: Tallies): string[] {
  if (names === 0) return [];
  const rows = top.map(({ name, entries, bytes }) => [name, String(entries), size(bytes)]);
  const title = names > top.length ? `${what} (${top.length} of ${names})` : what;
  return [...table([[title, 'entries', 'size'], ...rows]), ''];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (so, row) => row.map((cell, index) => Math.max(so[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function size(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

function age(at: number | null, now: number): string {
  if (at === null) return '-';
  const seconds = Math.max(0, Math.round((now - at) / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
