import type { SandboxPostbacks } from '../sandbox.options.js';
import type { SandboxSettings } from '../sandbox.settings.js';
import { SandboxClock } from './sandbox.clock.js';
import { SandboxIds } from './sandbox.ids.js';
import { SandboxStore } from './sandbox.store.js';

/** One sandbox: what it was told, what time it is, what it remembers. The Nest app around it only passes it on. */
export class Sandbox {
  readonly clock = new SandboxClock();
  readonly ids: SandboxIds;
  readonly store: SandboxStore;
  /** Domains of the links that were made here, per program; used when a program lists none of its own. */
  readonly linkedDomains = new Map<string, Set<string>>();
  /** Where postbacks go now. */
  postbackPlan: SandboxPostbacks | null;
  /** Known once the server listens. */
  url = '';

  constructor(readonly settings: SandboxSettings) {
    this.postbackPlan = settings.postbacks;
    this.ids = new SandboxIds(settings.seed);
    this.store = new SandboxStore(settings.requestLog);
  }

  /** As it was at the start; ids go on counting. */
  reset(): void {
    this.postbackPlan = this.settings.postbacks;
    this.clock.reset();
    this.store.clear();
    this.linkedDomains.clear();
  }
}
