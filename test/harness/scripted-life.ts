import type { ScriptedMessage } from './steady-sender.js';
import { NativeVoice } from './test-terminal.js';

/** Terminal time goes a second a message. */
export const STEP_MS = 1_000;

/**
 * What one lift lives through, again and again every 300 messages: reported faults, a bridged loop, a bad
 * level, people trapped in silence. `index` shifts it, so that lifts differ; `startAt` is the terminal time
 * of the first message.
 */
export function scriptedLife(index: number, startAt: number, messageCount: number): ScriptedMessage[] {
  const voice = new NativeVoice(`boot${index}`);
  const messages: ScriptedMessage[] = [];
  for (let n = 0; n < messageCount; n++) {
    const at = startAt + n * STEP_MS;
    const phase = (n + index * 37) % 300;
    if (phase === 20) add('event', voice.event('door-close-failed', 'raised', { at }));
    else if (phase === 30) add('event', voice.event('door-close-failed', 'cleared', { at }));
    else add('telemetry', voice.telemetry({ at, ...picture(phase) }));
  }
  return messages;

  function add(name: ScriptedMessage['name'], body: Record<string, unknown>): void {
    messages.push({ name, payload: JSON.stringify(body) });
  }
}

function picture(phase: number): Record<string, unknown> {
  const open = { doorState: 'open', doorLock: 'open', safetyLoop: 'open' };
  if (phase >= 50 && phase < 54) return { moving: true, inDoorZone: false, doorState: 'open' };
  if (phase >= 80 && phase < 88) return { ...open, levelErrorMm: 28 };
  if (phase >= 95 && phase < 100) return { ...open, occupied: true };
  if (phase >= 100 && phase < 160) return { inDoorZone: false, occupied: true };
  if (phase >= 160 && phase < 165) return { ...open, occupied: false };
  return phase % 9 < 2 ? open : {};
}
