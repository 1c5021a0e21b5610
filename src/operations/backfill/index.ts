import type { Provider } from '@nestjs/common';
import { BackfillLedger } from './backfill.ledger.js';
import { BackfillService } from './backfill.service.js';

export { OLDEST_DAYS } from './age.rules.js';
export { BackfillFormatError, BackfillRefusedError } from './backfill.errors.js';
export { BackfillService } from './backfill.service.js';
export type {
  BackfillCounts,
  BackfillFinding,
  BackfillOptions,
  BackfillProgress,
  BackfillReport,
  BackfillSource,
} from './backfill.types.js';
export type { BackfillColumn } from './column.rules.js';

/** What imports need. */
export const BACKFILL_PROVIDERS: readonly Provider[] = [BackfillLedger, BackfillService];
