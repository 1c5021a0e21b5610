import type { LandingRequest } from '../config/index.js';
import type { Landing } from './landing.rules.js';

/** A landing of a visitor who has agreed, at the moment at which it is kept. */
export interface CapturedLanding {
  readonly request: LandingRequest;
  readonly landing: Landing;
}

/** Somebody who wants to know of captured landings. Told inside the visitor's request: it must neither wait nor throw. */
export interface LandingWitness {
  landed(captured: CapturedLanding): void;
}

/** Injection token of {@link LandingWitness}; optional. */
export const LANDING_WITNESS = Symbol.for('nestjs-impact:landing-witness');
