import { AlarmSound, type SoundState } from './alarm-sound.js';

/** A browser's audio: suspended until a person acts, and it counts the tones that were started. */
function audio(allowed: boolean) {
  const heard = { tones: 0, closed: false };
  const parameter = { value: 0, setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined };
  const node = { frequency: parameter, gain: parameter, connect: () => node, stop: () => undefined };
  const context = {
    state: 'suspended',
    currentTime: 0,
    destination: node,
    resume: async () => {
      if (allowed) context.state = 'running';
    },
    close: async () => {
      heard.closed = true;
    },
    createGain: () => node,
    createOscillator: () => ({
      ...node,
      start: () => {
        heard.tones += 1;
      },
    }),
  };
  return { heard, make: () => context as unknown as AudioContext };
}

function rig(allowed = true, wanted = false) {
  const { heard, make } = audio(allowed);
  const ticks = new Set<() => void>();
  const states: SoundState[] = [];
  const every = (_ms: number, run: () => void) => {
    ticks.add(run);
    return () => ticks.delete(run);
  };
  const sound = new AlarmSound(make, every, (state) => states.push(state), wanted);
  return { sound, heard, states, tick: () => [...ticks].map((run) => run()) };
}

describe('AlarmSound', () => {
  it('sounds at once and again until the call ends', async () => {
    const { sound, heard, tick } = rig();
    await sound.enable();
    sound.call(true);
    sound.call(true);
    expect(heard.tones).toBe(2);
    tick();
    expect(heard.tones).toBe(4);
    sound.call(false);
    tick();
    expect(heard.tones).toBe(4);
  });

  it('is silent while off, and says so; a call goes on when it is turned on', async () => {
    const { sound, heard, states, tick } = rig();
    sound.call(true);
    expect([sound.state, heard.tones]).toEqual(['off', 0]);
    await sound.enable();
    tick();
    expect(heard.tones).toBe(2);
    sound.disable();
    tick();
    expect(heard.tones).toBe(2);
    expect(states).toEqual(['on', 'off']);
  });

  it('says that the browser blocks it, and that there is no audio', async () => {
    const blocked = rig(false, true);
    expect(blocked.sound.state).toBe('blocked');
    await blocked.sound.enable();
    expect(blocked.states).toEqual(['blocked']);
    const none = new AlarmSound(
      () => {
        throw new Error('no audio device');
      },
      () => () => undefined,
      () => undefined,
      false,
    );
    await none.enable();
    expect(none.state).toBe('unavailable');
  });

  it('leaves nothing behind', async () => {
    const { sound, heard, tick } = rig();
    await sound.enable();
    sound.call(true);
    sound.close();
    tick();
    expect(heard).toEqual({ tones: 2, closed: true });
  });
});
