import type { InboundMessage } from '#mqtt';
import { event, inbound, reading, T0 } from './ingest.fixture.js';

export const GARBAGE = Buffer.from('{"v":');
export const TERMINALS = ['T1', 'T2', 'T3'];

/** What three lifts live through, in messages of one second each; some of it garbage. */
export function script(seconds: number): InboundMessage[][] {
  const chunks: InboundMessage[][] = [];
  for (let second = 0; second < seconds; second++) {
    const receivedAt = T0 + second * 1_000;
    const chunk = TERMINALS.flatMap((terminal, index) => {
      const phase = (second + index * 17) % 80;
      const numbered = { seq: second * 2, at: receivedAt };
      const sent = [inbound(terminal, 'telemetry', reading(numbered, picture(phase)), { receivedAt })];
      const said = { seq: second * 2 + 1, at: receivedAt };
      const code = phase === 55 ? 'raised' : phase === 58 ? 'cleared' : null;
      if (code) sent.push(inbound(terminal, 'event', event(said, 'door-held', code), { receivedAt }));
      if (phase === 60) sent.push(inbound(terminal, 'event', event(said, 'E-17', 'raised'), { receivedAt }));
      if (phase === 61) sent.push(inbound(terminal, 'telemetry', GARBAGE.toString(), { receivedAt }));
      return sent;
    });
    chunks.push(chunk);
  }
  return chunks;
}

function picture(phase: number): object {
  if (phase < 2 || phase === 53) return { doorState: 'open', safetyLoop: 'open', occupied: true };
  if (phase < 52) return { inDoorZone: false, occupied: true };
  if (phase >= 70 && phase < 73) return { moving: true, inDoorZone: false, doorState: 'open' };
  return {};
}

export function seeded(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}
