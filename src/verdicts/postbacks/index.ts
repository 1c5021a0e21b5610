export { bodyOf } from './postback.body.js';
import type { Provider } from '@nestjs/common';
import { PostbackCounters } from './postback.counters.js';
import { PostbackLedger } from './postback.ledger.js';
import { PostbackOffice } from './postback.office.js';

export { createPostbackController } from './postback.controller.js';
export { PostbackCounters, type PostbackCounts, type PostbackIgnored } from './postback.counters.js';

/** What the endpoint for event notifications needs. */
export const POSTBACK_PROVIDERS: readonly Provider[] = [PostbackCounters, PostbackLedger, PostbackOffice];
