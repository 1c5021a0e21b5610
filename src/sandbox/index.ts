import 'reflect-metadata';

export { ImpactSandbox, type SandboxCredentials } from './impact.sandbox.js';
export type {
  Duration,
  SandboxContract,
  SandboxEventType,
  SandboxOptions,
  SandboxPartner,
  SandboxPostbacks,
  SandboxPromoCode,
  SandboxProgram,
  ScopeName,
} from './sandbox.options.js';
export type { FaultedCall, FaultKind, FaultPlan, FaultTarget, Operation } from './faults/fault.plan.js';
export type {
  ActionState,
  AttributedBy,
  PostbackEvent,
  SandboxAction,
  SandboxActionChange,
  SandboxActionItem,
  SandboxClick,
  SandboxPostback,
  SandboxRequest,
  SandboxSubmission,
  SubmissionStatus,
  SubmissionType,
} from './sandbox.types.js';
export type { TrackingLinkOptions } from './state/tracking.link.js';
export type { OfficeDecision } from './worker/action.office.js';
export type { OfficeEdit, OfficeOrder, PlantedAction } from './worker/action.planter.js';
export { SandboxError, SandboxOptionError, SandboxStartError } from './sandbox.errors.js';
