import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { loadPolicies, policyFaultText } from './policy-file.js';
import type { PolicyProfile } from './policy-profile.js';

/** The policy profiles of this installation: every file of `policies/`, read once at the start. */
@Injectable()
export class Policies implements OnModuleInit {
  private readonly log = new Logger(Policies.name);
  private byId: ReadonlyMap<string, PolicyProfile> = new Map();

  /**
   * Throws with file, line and column of every fault: a target that is misread would judge a county
   * wrongly.
   */
  async onModuleInit(): Promise<void> {
    const folder = policyFolder(import.meta.dirname);
    const loaded = await loadPolicies(folder);
    if (!loaded.ok)
      throw new Error(`Policies that cannot be read:\n${loaded.faults.map(policyFaultText).join('\n')}`);
    this.byId = new Map(loaded.profiles.map((profile) => [profile.id, profile]));
    this.log.log(`${this.byId.size} policy profiles from ${folder}.`);
  }

  /** In the order of their ids. */
  all(): readonly PolicyProfile[] {
    return [...this.byId.values()];
  }

  find(id: string): PolicyProfile | null {
    return this.byId.get(id) ?? null;
  }
}

/** The folder beside the code, whether that is the source or a build of it. */
function policyFolder(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const policies = join(folder, 'policies');
    if (existsSync(join(policies, 'policy.schema.json'))) return policies;
  }
  throw new Error(`No folder "policies" above ${from}: restore it, it is part of the program.`);
}
