import { nativeProfile } from './native/native-v1.profile.js';
import type { TerminalProfile } from './profile.js';
import { VENDOR_PROFILES } from './profiles/registered.js';

/** Every profile by its name. Those that know a topic name the same terminal (`profile-registry.spec.ts`). */
export const PROFILES: ReadonlyMap<string, TerminalProfile> = new Map(
  [nativeProfile, ...VENDOR_PROFILES].map((profile) => [profile.name, profile]),
);

/**
 * A profile whose topics look like `topic`, the native one first, and the terminal it names; null when it is
 * nobody's. For who sent it: how it is read is said by the profile that terminal is registered with.
 */
export function profileOfTopic(topic: string): { profile: TerminalProfile; terminalId: string } | null {
  for (const profile of PROFILES.values()) {
    const terminalId = profile.terminalOf(topic);
    if (terminalId !== null) return { profile, terminalId };
  }
  return null;
}
