import { useEffect, useMemo, useState } from 'react';
import { AlarmSound, type SoundState } from './alarm-sound.js';
import type { BrowserClock } from './browser-clock.js';

const STORAGE_KEY = 'liftwarden.sound';
/** What counts as a person's act for the browser's autoplay rule. */
const ACTS = ['pointerdown', 'keydown'] as const;

export interface SoundView {
  readonly state: SoundState;
  readonly enable: () => void;
  readonly disable: () => void;
}

/**
 * Sounds while `calling`. On unless the person turned it off; the browser lets it sound after their first
 * act.
 */
export function useSound(clock: BrowserClock, calling: boolean): SoundView {
  const [state, setState] = useState<SoundState>('off');
  const sound = useMemo(
    () =>
      new AlarmSound(
        () => new AudioContext(),
        (intervalMs, run) => clock.every(intervalMs, run),
        setState,
        readChoice(),
      ),
    [clock],
  );
  useEffect(() => {
    setState(sound.state);
    // Whoever has just signed in has clicked: the browser lets it sound at once.
    if (sound.state === 'blocked' && navigator.userActivation?.hasBeenActive === true) void sound.enable();
    return () => sound.close();
  }, [sound]);
  useEffect(() => sound.call(calling), [sound, calling]);

  useEffect(() => {
    if (state !== 'blocked') return;
    const act = () => void sound.enable();
    for (const name of ACTS) addEventListener(name, act, { once: true });
    return () => {
      for (const name of ACTS) removeEventListener(name, act);
    };
  }, [sound, state]);

  return useMemo(
    () => ({
      state,
      enable: () => {
        keepChoice(true);
        void sound.enable().then(() => sound.ring());
      },
      disable: () => {
        keepChoice(false);
        sound.disable();
      },
    }),
    [sound, state],
  );
}

function readChoice(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off';
  } catch {
    return true;
  }
}

function keepChoice(on: boolean): void {
  try {
    localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}
