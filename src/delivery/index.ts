export { DeliveryDispatcher, type DrainSummary } from './delivery.dispatcher.js';
export { DeliverySender } from './delivery.sender.js';
