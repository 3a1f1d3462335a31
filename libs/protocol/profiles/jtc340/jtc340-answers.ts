import { numberOf } from '../../field-map.js';
import { isRecord, parsePayload } from '../../payload-json.js';
import type { AnswerMoment } from '../../profile.js';
import { countsSeconds } from '../../vendor-time.js';
import { JTC340_TIME_EVENT } from './jtc340-codec.js';

/** "Taken": the platform has the message, and it need not be sent again. */
const TAKEN = 200;
const utf8 = new TextEncoder();
const takenPayload = utf8.encode(JSON.stringify({ Code: TAKEN }));

/**
 * The payload of `post_reply`. A time request gets the time even when the rest of it cannot be read: a
 * terminal that lost its clock needs it most. Names of the time's fields are assumed, see README.md.
 */
export function answerPayload(event: string, payload: Uint8Array, moment: AnswerMoment): Uint8Array {
  if (event !== JTC340_TIME_EVENT) return takenPayload;
  const parsed = parsePayload(payload);
  const sent = parsed.ok && isRecord(parsed.value) ? parsed.value.DSTime : null;
  const asked = numberOf(sent);
  // In the unit of the request: a terminal that counts seconds would read milliseconds as a year far off.
  const inUnit = (ms: number) => (asked !== null && countsSeconds(asked) ? Math.floor(ms / 1000) : ms);
  const time = inUnit(moment.now);
  return utf8.encode(
    JSON.stringify({
      Code: TAKEN,
      ...(asked === null ? {} : { DSTime: sent }),
      SRTime: inUnit(moment.receivedAt),
      SSTime: time,
      Time: time,
    }),
  );
}
