import type { TerminalProfile } from '../profile.js';
import { gbt24476Profile } from './gbt24476/gbt24476.profile.js';
import { jtc340Profile } from './jtc340/jtc340.profile.js';

/** Every vendor profile: a line here and a folder beside this file (`golden.spec.ts` compares the two). */
export const VENDOR_PROFILES: readonly TerminalProfile[] = [gbt24476Profile, jtc340Profile];
