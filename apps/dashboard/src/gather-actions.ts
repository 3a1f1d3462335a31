import type { AlarmAction } from './alarm-store.js';

/**
 * Changes are shown together at most this often: an alarm flood must not cost a render each. Milliseconds.
 */
export const SHOW_EVERY_MS = 100;

/** How the browser draws; a hidden page gets no frames, and its alarms must still sound. */
export interface Frames {
  isHidden(): boolean;
  /** Calls `draw` before the next frame. */
  next(draw: () => void): void;
  after(delayMs: number, run: () => void): () => void;
}

/**
 * Passes the first action on at once, and those that follow within `SHOW_EVERY_MS` together, in order, in the
 * animation frame that then comes. Changes that follow each other become one: each costs a copy of the list.
 */
export function gatherActions(pass: (actions: readonly AlarmAction[]) => void, frames: Frames) {
  let waiting: AlarmAction[] = [];
  let cancel: (() => void) | null = null;
  let stopped = false;
  const flush = () => {
    const now = waiting;
    waiting = [];
    cancel = stopped || now.length === 0 ? null : frames.after(SHOW_EVERY_MS, due);
    if (!stopped && now.length > 0) pass(joinChanges(now));
  };
  const due = () => {
    if (waiting.length === 0 || frames.isHidden()) flush();
    else frames.next(flush);
  };
  return {
    add(action: AlarmAction) {
      waiting.push(action);
      if (cancel === null) flush();
    },
    stop() {
      stopped = true;
      cancel?.();
      waiting = [];
    },
  };
}

function joinChanges(actions: readonly AlarmAction[]): readonly AlarmAction[] {
  const joined: AlarmAction[] = [];
  for (const action of actions) {
    const last = joined.at(-1);
    if (action.type === 'changes' && last?.type === 'changes') {
      joined[joined.length - 1] = { ...action, alarms: [...last.alarms, ...action.alarms] };
    } else joined.push(action);
  }
  return joined;
}

export const BROWSER_FRAMES: Frames = {
  isHidden: () => document.hidden,
  next: (draw) => {
    requestAnimationFrame(draw);
  },
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
