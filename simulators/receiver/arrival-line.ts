import type { Arrival } from './inbox.js';

/** One line a message: `#3 ok v1 204 fault.raised #17 31105001… entrapment`. */
export function arrivalLine({ nth, verdict, repeated, status, body }: Arrival): string {
  const judged = verdict.ok ? `ok ${verdict.scheme}` : `REFUSED ${verdict.why}`;
  const again = repeated ? ' again' : '';
  return [`#${nth} ${judged}${again} ${status}`, ...wordsOf(body)].join(' ');
}

function wordsOf(body: string): readonly string[] {
  const value = parsed(body);
  const data = fieldOf(value, 'data');
  const lift = fieldOf(fieldOf(data, 'lift'), 'registrationCode');
  const sequence = fieldOf(data, 'sequence');
  const words = [
    fieldOf(value, 'type'),
    typeof sequence === 'number' ? `#${sequence}` : null,
    lift,
    fieldOf(data, 'kind'),
  ];
  return words.flatMap((word) => (typeof word === 'string' ? [printable(word)] : []));
}

/** What a stranger sent must not steer the terminal it is shown on. */
function printable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, 100);
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
