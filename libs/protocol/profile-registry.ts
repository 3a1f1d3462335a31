import { nativeProfile } from './native/native-v1.profile.js';
import type { TerminalProfile } from './profile.js';
import { jtc340Profile } from './profiles/jtc340/jtc340.profile.js';

/** Every profile by its name. No two may claim the same topic (`profile-registry.spec.ts`). */
export const PROFILES: ReadonlyMap<string, TerminalProfile> = new Map(
  [nativeProfile, jtc340Profile].map((profile) => [profile.name, profile]),
);

/** The profile whose topics look like `topic`, and the terminal it names; null when it is nobody's. */
export function profileOfTopic(topic: string): { profile: TerminalProfile; terminalId: string } | null {
  for (const profile of PROFILES.values()) {
    const terminalId = profile.terminalOf(topic);
    if (terminalId !== null) return { profile, terminalId };
  }
  return null;
}
