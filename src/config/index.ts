export { asksForConsent } from './consent.rules.js';
export { ImpactConfigurationError, type OptionProblem } from './configuration.error.js';
export { type AddressRange, readAddressRange } from './address.range.js';
export { parseDuration } from './duration.js';
export { environmentVariables, type VariableReader } from './environment.js';
export {
  IMPACT_OPTIONS,
  type AttributionPolicy,
  type BrowserEndpointOptions,
  type CaptureExtras,
  type CaptureOptions,
  type ConsentAnswer,
  type CookieOptions,
  type DashboardGuard,
  type DashboardOptions,
  type DeliveryOptions,
  type Duration,
  type ImpactMode,
  type ImpactModuleExtras,
  type ImpactModuleOptions,
  type ImpactOptions,
  type LandingRequest,
  type PageLoadOptions,
  type PostbackExtras,
  type PostbackOptions,
  type RecordingOptions,
  type ResolvedImpactOptions,
  type ResolvedPageLoadOptions,
  type RetentionOptions,
  type TestOrderOptions,
  type VerdictOptions,
} from './impact.options.js';
export type { Built } from './options.consistency.js';
export { resolveOptions, type OptionsResolution } from './options.resolver.js';
export { readExtras, type ResolvedImpactExtras } from './module.extras.js';
