import { newLiftState, step } from '#domain';
import { nativeProfile } from '#protocol';

/** Calls after which the engine has compiled what it will: more rounds make the first message no faster. */
const ROUNDS = 50;
const TERMINAL = 'warm-up';
/** Any moment: nothing here reads a clock. */
const AT = Date.UTC(2020, 0, 1);

/**
 * Runs codec and detector over a lift that does not exist, so that the first message of a real one does not
 * pay for their compilation (300 ms on an idle core, most of it the validators'; measured as the greater part
 * of the first alarm's delay after a start). Pure: nothing is stored, sent or counted. Answers how many
 * transitions were found, two a round.
 */
export function warmDetection(): number {
  let found = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    let state = newLiftState(TERMINAL);
    for (const [index, [topic, payload]] of script(round).entries()) {
      const decoded = nativeProfile.decode(`lift/v1/${TERMINAL}/${topic}`, payload);
      if (!decoded.ok) throw new Error(`The warm-up's own message is refused: ${decoded.detail}`);
      const message = {
        terminal: TERMINAL,
        lsn: index + 1,
        receivedAt: AT + index * 1_000,
        clockOffsetMs: 0,
        items: decoded.items,
        duplicates: [],
      };
      const result = step(state, message);
      state = result.state;
      found += result.effects.length;
    }
  }
  return found;
}

/** A reading, then a fault that begins and ends. */
function script(round: number): readonly (readonly ['telemetry' | 'event', Uint8Array])[] {
  const said = (seq: number, fields: object) =>
    Buffer.from(JSON.stringify({ v: 1, boot: `round-${round}`, seq, at: AT + seq * 1_000, ...fields }));
  const reading = {
    mode: 'normal',
    direction: 'up',
    moving: true,
    floor: '3',
    doorState: 'closed',
    inDoorZone: false,
    doorLock: 'closed',
    safetyLoop: 'closed',
    occupied: true,
    speed: 1.5,
    powerState: 'mains',
  };
  return [
    ['telemetry', said(1, reading)],
    ['event', said(2, { id: 'e2', code: 'overspeed', state: 'raised' })],
    ['event', said(3, { id: 'e3', code: 'overspeed', state: 'cleared' })],
  ];
}
