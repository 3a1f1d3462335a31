import { Injectable } from '@nestjs/common';

/** What a part says of itself: null = ready, else why not, in a few words. */
export type ReadinessCheck = () => string | null;

/** Collects what each part says of its own readiness; `/health/ready` shows it. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();

  /** `part` is a short name such as `journal`; registering it again replaces the check. */
  register(part: string, check: ReadinessCheck): void {
    this.checks.set(part, check);
  }

  /** Every part by name: `ready`, or why it is not. */
  report(): { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> } {
    const parts: Record<string, string> = {};
    let ready = true;
    for (const [part, check] of this.checks) {
      const trouble = check();
      ready &&= trouble === null;
      parts[part] = trouble ?? 'ready';
    }
    return { ready, parts };
  }
}
