export { ImpactConfigurationError, type OptionProblem } from './configuration.error.js';
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
  type DeliveryOptions,
  type Duration,
  type ImpactMode,
  type ImpactModuleExtras,
  type ImpactModuleOptions,
  type ImpactOptions,
  type LandingRequest,
  type RecordingOptions,
  type ResolvedImpactOptions,
  type RetentionOptions,
  type VerdictOptions,
} from './impact.options.js';
export { resolveOptions, type OptionsResolution } from './options.resolver.js';
export { readExtras, type ResolvedImpactExtras } from './module.extras.js';
