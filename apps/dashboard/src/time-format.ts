/** Two digits. */
function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Local time of day, `21:03:09`. */
export function formatClock(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Local date and time without the year, `11-21 21:03:09`: the same in both languages, and it sorts. */
export function formatMoment(ms: number): string {
  return `${formatDay(ms)} ${formatClock(ms)}`;
}

/** As `formatMoment`, to the minute. */
export function formatMinute(ms: number): string {
  return `${formatDay(ms)} ${formatClock(ms).slice(0, 5)}`;
}

function formatDay(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A length of time in its two largest units, as a catalogue key and its numbers. */
export interface DurationText {
  readonly key: 'duration.seconds' | 'duration.minutes' | 'duration.hours' | 'duration.days';
  readonly values: Readonly<Record<string, string>>;
}

/** `ms` below 0 (clocks disagree) reads as 0. */
export function describeDuration(ms: number): DurationText {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return { key: 'duration.days', values: { d: String(days), h: two(hours % 24) } };
  if (hours > 0) return { key: 'duration.hours', values: { h: String(hours), m: two(minutes % 60) } };
  if (minutes > 0) return { key: 'duration.minutes', values: { m: String(minutes), s: two(seconds % 60) } };
  return { key: 'duration.seconds', values: { s: String(seconds) } };
}
