export { ImpactEvents } from './impact.events.js';
export { MEANINGS, type TailLine } from './event.rules.js';
export { StoryTail } from './story.tail.js';
export type {
  AccountEvent,
  ActionEvent,
  ClaimEvent,
  CorrectionEvent,
  DuplicateEvent,
  ImpactEventHandler,
  ImpactEventMap,
  ImpactEventName,
  PausedEvent,
  SaleEvent,
  SaleStateEvent,
} from './event.types.js';
