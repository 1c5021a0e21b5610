import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  json,
  padded,
  placeholders,
  run,
  type Script,
  text,
} from '../../database/index.js';
import { ConversionService } from '../../conversions/index.js';
import { ConversionConflictError } from '../../ledger/index.js';
import { diffFingerprints } from '../../wire/index.js';
import { clickFindings } from './age.rules.js';
import type { BackfillFinding } from './backfill.types.js';
import type { CheckedOrder } from './order.check.js';

/** What became of one order of a batch. */
export interface SettledOrder {
  readonly as: 'recorded' | 'skipped' | 'already' | 'conflict' | 'invalid';
  readonly findings: readonly BackfillFinding[];
}

interface KnownSale {
  readonly fingerprint: string;
  readonly fields: Readonly<Record<string, string>>;
  /** It could not be sent as it was, and may be recorded again with other content. */
  readonly mendable: boolean;
}

/** Sales that are imported go out behind everything else. */
const LAST_PRIORITY = 2;

/** The database's part of an import. */
@Injectable()
export class BackfillLedger {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(ConversionService) private readonly conversions: ConversionService,
  ) {}

  /** How many calls wait to be made. */
  async waiting(): Promise<number> {
    const { accountSid, environment } = this.options;
    return this.database.read(function* () {
      const { rows } = yield* run(
        `SELECT count(*) AS waiting FROM impact_deliveries ` +
          `WHERE account = ? AND environment = ? AND due_at IS NOT NULL`,
        [accountSid, environment],
      );
      return integer(rows[0]!, 'waiting');
    });
  }

  /** What a batch would come to. */
  preview(batch: readonly CheckedOrder[], now: Date): Promise<SettledOrder[]> {
    return this.database.read(() => this.#settle(batch, now, false));
  }

  /** Records a batch, in one transaction: by order id, so that two imports of the same sales never wait crosswise. */
  async record(batch: readonly CheckedOrder[], now: Date): Promise<SettledOrder[]> {
    const places = batch.map((_, place) => place);
    const key = (place: number): string => batch[place]!.sale?.sale.orderId ?? '';
    // What comes first under one order id stays the first.
    places.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a - b));
    const sorted = places.map((place) => batch[place]!);
    const settled = await this.database.write(() => this.#settle(sorted, now, true));
    const inPlace = new Map(places.map((place, index) => [place, settled[index]!]));
    return batch.map((_, place) => inPlace.get(place)!);
  }

  *#settle(batch: readonly CheckedOrder[], now: Date, record: boolean): Script<SettledOrder[]> {
    const sales = batch.flatMap(({ sale }) => (sale === null ? [] : [sale.sale]));
    const known = yield* this.#known(sales.map(({ orderId }) => orderId));
    const clicks = yield* this.#clicks(sales.flatMap(({ clickId }) => clickId ?? []));
    const settled: SettledOrder[] = [];
    const fresh: string[] = [];
    for (const { line, sale } of batch) {
      if (sale === null) {
        settled.push({ as: 'invalid', findings: [] });
        continue;
      }
      const { orderId, clickId, eventDate } = sale.sale;
      const before = known.get(orderId);
      if (before !== undefined && before.fingerprint === sale.fingerprint.hash) {
        settled.push({ as: 'already', findings: [] });
        continue;
      }
      if (before !== undefined && !before.mendable) {
        const fields = diffFingerprints(before.fields, sale.fingerprint.fields);
        settled.push({ as: 'conflict', findings: [conflict(line, fields)] });
        continue;
      }
      known.set(orderId, {
        fingerprint: sale.fingerprint.hash,
        fields: sale.fingerprint.fields,
        mendable: false,
      });
      const clickAt = clickId === null ? undefined : clicks.get(clickId);
      const said =
        clickAt === undefined
          ? []
          : clickFindings(new Date(eventDate), clickAt, this.options.capture.referralWindow, now);
      const findings = said.map((finding) => ({ ...finding, line }));
      if (!record) {
        settled.push({ as: 'recorded', findings });
        continue;
      }
      try {
        const { id, state } = yield* this.conversions.recording(sale, now);
        fresh.push(id);
        settled.push({ as: state === 'SKIPPED' ? 'skipped' : 'recorded', findings });
      } catch (error) {
        // Somebody has recorded it since the reading above. Nothing was written.
        if (!(error instanceof ConversionConflictError)) throw error;
        settled.push({ as: 'conflict', findings: [conflict(line, error.fields)] });
      }
    }
    yield* this.#putLast(fresh);
    return settled;
  }

  *#known(orderIds: readonly string[]): Script<Map<string, KnownSale>> {
    if (orderIds.length === 0) return new Map();
    const ids = padded(orderIds);
    const { rows } = yield* run(
      `SELECT order_id, state, fingerprint, fingerprint_fields FROM impact_conversions ` +
        `WHERE program = ? AND event_type = ? AND order_id IN (${placeholders(ids.length)})`,
      [this.options.program, this.options.eventType, ...ids],
    );
    return new Map(
      rows.map((row) => [
        text(row, 'order_id'),
        {
          fingerprint: text(row, 'fingerprint'),
          fields: json(row, 'fingerprint_fields') as KnownSale['fields'],
          mendable: text(row, 'state') === 'UNDELIVERABLE',
        },
      ]),
    );
  }

  *#clicks(clickIds: readonly string[]): Script<Map<string, Date>> {
    if (clickIds.length === 0) return new Map();
    const ids = padded(clickIds);
    const { rows } = yield* run(
      `SELECT click_id, first_seen_at FROM impact_clicks ` +
        `WHERE program = ? AND click_id IN (${placeholders(ids.length)})`,
      [this.options.program, ...ids],
    );
    return new Map(rows.map((row) => [text(row, 'click_id'), new Date(integer(row, 'first_seen_at'))]));
  }

  *#putLast(conversions: readonly string[]): Script<void> {
    if (conversions.length === 0) return;
    const ids = padded(conversions);
    yield* run(
      `UPDATE impact_deliveries SET priority = ${LAST_PRIORITY} ` +
        `WHERE conversion IN (${placeholders(ids.length)}) AND kind = 'sale' AND attempts = 0`,
      ids,
    );
  }
}

function conflict(line: number, fields: readonly string[]): BackfillFinding {
  const fix = 'Keep the recorded one, or change it with modify().';
  const message =
    `orderId: was recorded before with other content, which stands; different: ${fields.join(', ')}. ` +
    `If the rows of one order do not follow each other, sort the file. ${fix}`;
  return { line, level: 'error', field: 'orderId', rule: 'conflict', message, fix };
}
