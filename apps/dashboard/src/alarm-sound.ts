/** What of a browser's audio the sound needs; `AudioContext` has more. */
export type AudioMaker = () => AudioContext;

/** The signal of one call, and the pause until the next; milliseconds. Two rising tones, as an intercom's. */
const REPEAT_MS = 2_500;
const TONES = [
  { hertz: 740, from: 0, to: 0.22 },
  { hertz: 988, from: 0.26, to: 0.55 },
] as const;
/** Of full scale: heard across a room and not a shock at night. */
const LOUDNESS = 0.25;
/** Fade in and out, seconds: without it each tone clicks. */
const EDGE_S = 0.02;

/**
 * `blocked`: the browser lets no page sound before a person has clicked or typed in it (autoplay rule).
 * `unavailable`: it has no audio at all.
 */
export type SoundState = 'off' | 'on' | 'blocked' | 'unavailable';

/** Sounds again and again while it is told to; the page's only use of audio. */
export class AlarmSound {
  #context: AudioContext | null = null;
  #stop: (() => void) | null = null;
  #wanted: boolean;
  #unavailable = false;

  /** @param every the page's clock; `wanted`: the person's choice from last time. */
  constructor(
    private readonly make: AudioMaker,
    private readonly every: (intervalMs: number, run: () => void) => () => void,
    private readonly onState: (state: SoundState) => void,
    wanted: boolean,
  ) {
    this.#wanted = wanted;
  }

  get state(): SoundState {
    if (this.#unavailable) return 'unavailable';
    if (!this.#wanted) return 'off';
    return this.#context?.state === 'running' ? 'on' : 'blocked';
  }

  /** To be called from a click or a key press, or else the browser does not let it sound. */
  async enable(): Promise<void> {
    this.#wanted = true;
    try {
      this.#context ??= this.make();
      this.#context.onstatechange = () => this.onState(this.state);
      await this.#context.resume();
    } catch {
      this.#unavailable = true;
    }
    this.onState(this.state);
  }

  disable(): void {
    this.#wanted = false;
    this.onState(this.state);
  }

  /** True: sound now and every 2.5 s until it is false. */
  call(wanted: boolean): void {
    if (wanted === (this.#stop !== null)) return;
    this.#stop?.();
    this.#stop = null;
    if (!wanted) return;
    this.#ring();
    this.#stop = this.every(REPEAT_MS, () => this.#ring());
  }

  close(): void {
    this.call(false);
    void this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  /** Once, for the person who has just turned it on. */
  ring(): void {
    this.#ring();
  }

  #ring(): void {
    const context = this.#context;
    if (this.state !== 'on' || context === null) return;
    const start = context.currentTime;
    for (const { hertz, from, to } of TONES) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, start + from);
      gain.gain.linearRampToValueAtTime(LOUDNESS, start + from + EDGE_S);
      gain.gain.setValueAtTime(LOUDNESS, start + to - EDGE_S);
      gain.gain.linearRampToValueAtTime(0, start + to);
      tone.connect(gain).connect(context.destination);
      tone.start(start + from);
      tone.stop(start + to);
    }
  }
}
