import { defaults } from './defaults.js';
import type { ResolvedImpactOptions } from './impact.options.js';

/** Whether anybody asks visitors: without a `capture.consent` of the app's own, `granted` is only an assumption. */
export const asksForConsent = ({ capture }: Pick<ResolvedImpactOptions, 'capture'>): boolean =>
  capture.consent !== defaults.capture.consent;
