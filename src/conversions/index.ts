export { NotConfiguredError } from './conversion.errors.js';
export { ConversionService, type ConversionOptions } from './conversion.service.js';
export { EventEmitterMissingError, EventMapperError } from './event.errors.js';
export { DomainEventListener } from './event.listener.js';
export { storedOrderId } from './order.key.js';
export {
  ReportConversion,
  ReportModification,
  ReportReversal,
  type ReportedConversion,
  type ReportedModification,
  type ReportedReversal,
} from './report.decorators.js';
