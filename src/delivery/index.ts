export { ActionSearch } from './action.search.js';
export { DeliveryDispatcher, type DrainSummary } from './delivery.dispatcher.js';
export { CallAllowance } from './call.allowance.js';
export { DeliveryIntake } from './delivery.intake.js';
export { DeliverySender } from './delivery.sender.js';
export { DELIVERY_WITNESS, type DeliveryWitness } from './delivery.witness.js';
