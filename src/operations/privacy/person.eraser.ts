import {
  type ImpactDatabase,
  integer,
  json,
  padded,
  placeholders,
  type RecordsetColumns,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../../database/index.js';
import {
  mayChange,
  type ConversionState,
  tellAll,
  type WireParameter,
  withoutVisits,
} from '../../ledger/index.js';
import { hasAttributionKey, withoutPerson, withoutPersonDigests } from '../../wire/index.js';
import { type Erasure, NOTHING_ERASED } from './privacy.types.js';
import { type Scrubber, scrubber } from './scrub.rules.js';

/** Why it is done: somebody asked for it, or its time has come. */
export type ErasureReason =
  | { readonly retention: true }
  | {
      readonly by?: string;
      readonly why?: string;
      /** What the person was named by: it may stand in a text although the sale does not know it. */
      readonly names: readonly string[];
    };

/** Sales that are erased in one transaction. */
export const ERASED_AT_ONCE = 100;

const SALE_COLUMNS: RecordsetColumns = {
  e_id: 'key',
  e_state: 'text',
  e_request: 'text',
  e_attribution: 'text',
  e_fields: 'text',
  e_problems: 'text',
};
const LINE_COLUMNS: RecordsetColumns = { e_line: 'integer', e_data: 'text' };
const CORRECTION_COLUMNS: RecordsetColumns = {
  e_id: 'key',
  e_problems: 'text',
  e_settled_by: 'text',
};

interface Erased {
  readonly id: string;
  readonly row: Row;
  readonly request: readonly WireParameter[];
  readonly scrub: Scrubber;
  /** Nothing is left to give it to anybody, and nobody has begun to send it. */
  readonly skipped: boolean;
  readonly inFlight: boolean;
}

/**
 * Takes a person out of sales, and leaves what the sale is: its money, its click, its subscription, its
 * fingerprint.
 *
 * - One script, run in one transaction for a batch of sales: killed, it is done for whole batches or not.
 * - Done again it changes nothing.
 * - A call under way was claimed with what it sends; whatever is sent later is read again, without the person.
 */
export class PersonEraser {
  constructor(
    private readonly database: ImpactDatabase,
    private readonly kept: ReadonlySet<string>,
  ) {}

  *erase(saleIds: readonly string[], reason: ErasureReason): Script<Erasure> {
    if (saleIds.length === 0) return NOTHING_ERASED;
    const ids = padded(saleIds.toSorted());
    const list = placeholders(ids.length);
    const { rows } = yield* run(
      `SELECT id, program, event_type, order_id, state, click_id, customer_id, request, attribution, fingerprint_fields, problems ` +
        `FROM impact_conversions WHERE id IN (${list}) ORDER BY id${this.database.dialect.lockRow}`,
      ids,
    );
    if (rows.length === 0) return NOTHING_ERASED;
    const bare = rows.map((row) => this.#withoutPerson(row, reason));
    const { finished, underWay } = yield* this.#deliveries(bare);
    const sales = bare.map((sale): Erased => ({
      ...sale,
      skipped:
        finished.has(sale.id) || (text(sale.row, 'state') === 'DRY_RUN' && !hasAttributionKey(sale.request)),
      inFlight: underWay.has(sale.id),
    }));
    yield* this.#writeSales(sales);
    const corrections = yield* this.#corrections(sales);
    const story = yield* this.#story(sales);
    const clicks = yield* this.#clicks(sales);
    yield* tellAll(
      this.database,
      sales.map((sale) => ({ conversion: sale.id, what: 'erased' as const, data: lineOf(sale, reason) })),
    );
    const inFlight = sales.filter((sale) => sale.inFlight).length;
    return {
      ...NOTHING_ERASED,
      conversions: sales.length,
      corrections,
      deliveries: finished.size,
      story,
      clicks,
      inFlight,
    };
  }

  #withoutPerson(row: Row, reason: ErasureReason): Omit<Erased, 'skipped' | 'inFlight'> {
    const { request, values } = withoutPerson(json(row, 'request') as WireParameter[], this.kept);
    const names = 'names' in reason ? reason.names : [];
    const scrub = scrubber([...values, ...names, textOrNull(row, 'customer_id') ?? '']);
    return { id: text(row, 'id'), row, request, scrub };
  }

  /** Without a key the vendor refuses a sale: one that nobody has begun to send is not sent. */
  *#deliveries(
    sales: readonly Pick<Erased, 'id' | 'row' | 'request'>[],
  ): Script<{ finished: ReadonlySet<string>; underWay: ReadonlySet<string> }> {
    const now = this.database.now();
    const lost = sales.filter(
      ({ row, request }) => text(row, 'state') === 'RECORDED' && !hasAttributionKey(request),
    );
    if (lost.length > 0) {
      const ids = padded(lost.map(({ id }) => id));
      yield* run(
        `UPDATE impact_deliveries SET due_at = NULL, outcome = 'skipped', finished_at = ${now} WHERE sequence = 0 ` +
          `AND conversion IN (${placeholders(ids.length)}) AND due_at IS NOT NULL AND lease_token IS NULL AND unknown_since IS NULL`,
        ids,
      );
    }
    const ids = padded(sales.map(({ id }) => id));
    const { rows } = yield* run(
      `SELECT conversion, outcome, CASE WHEN lease_token IS NOT NULL AND due_at > ${now} THEN 1 ELSE 0 END AS under_way ` +
        `FROM impact_deliveries WHERE sequence = 0 AND conversion IN (${placeholders(ids.length)})`,
      ids,
    );
    const idsOf = (which: (row: Row) => boolean): Set<string> =>
      new Set(rows.filter(which).map((row) => text(row, 'conversion')));
    const asked = new Set(lost.map(({ id }) => id));
    return {
      finished: idsOf(
        (row) => asked.has(text(row, 'conversion')) && textOrNull(row, 'outcome') === 'skipped',
      ),
      underWay: idsOf((row) => integer(row, 'under_way') === 1),
    };
  }

  *#writeSales(sales: readonly Erased[]): Script<void> {
    const { dialect } = this.database;
    const written = sales.map(({ id, row, request, scrub, skipped }) => ({
      e_id: id,
      ...(skipped && mayChange(text(row, 'state') as ConversionState, 'SKIPPED')
        ? { e_state: 'SKIPPED' }
        : {}),
      e_request: JSON.stringify(request),
      e_attribution: JSON.stringify(withoutVisits(json(row, 'attribution'))),
      e_fields: JSON.stringify(
        withoutPersonDigests(json(row, 'fingerprint_fields') as Record<string, string>),
      ),
      e_problems: JSON.stringify(scrub(json(row, 'problems'))),
    }));
    yield* run(
      dialect.updateFrom(
        'impact_conversions',
        dialect.recordset('erased', SALE_COLUMNS),
        'impact_conversions.id = e_id',
        {
          state: 'COALESCE(e_state, state)',
          customer_id: 'NULL',
          request: 'e_request',
          attribution: 'e_attribution',
          fingerprint_fields: 'e_fields',
          problems: 'e_problems',
          erased_at: this.database.now(),
        },
      ),
      [JSON.stringify(written)],
    );
  }

  /** Found by their orders: an early one does not know its sale. */
  *#corrections(sales: readonly Erased[]): Script<number> {
    const byOrder = new Map(sales.map((sale) => [text(sale.row, 'order_id'), sale]));
    const changed: Record<string, string>[] = [];
    for (const [program, eventType] of spacesOf(sales)) {
      const orders = padded([...byOrder.keys()]);
      const { rows } = yield* run(
        `SELECT id, order_id, problems, settled_by FROM impact_corrections WHERE program = ? AND event_type = ? ` +
          `AND order_id IN (${placeholders(orders.length)}) AND (problems IS NOT NULL OR settled_by IS NOT NULL)`,
        [program, eventType, ...orders],
      );
      for (const row of rows) {
        const { scrub } = byOrder.get(text(row, 'order_id'))!;
        const problems = scrubbed(row, 'problems', scrub);
        const settledBy = scrubbed(row, 'settled_by', scrub);
        if (problems === undefined && settledBy === undefined) continue;
        changed.push({
          e_id: text(row, 'id'),
          ...(problems === undefined ? {} : { e_problems: problems }),
          ...(settledBy === undefined ? {} : { e_settled_by: settledBy }),
        });
      }
    }
    if (changed.length === 0) return 0;
    const { dialect } = this.database;
    yield* run(
      dialect.updateFrom(
        'impact_corrections',
        dialect.recordset('erased', CORRECTION_COLUMNS),
        'impact_corrections.id = e_id',
        { problems: 'COALESCE(e_problems, problems)', settled_by: 'COALESCE(e_settled_by, settled_by)' },
      ),
      [JSON.stringify(changed)],
    );
    return changed.length;
  }

  *#story(sales: readonly Erased[]): Script<number> {
    const byId = new Map(sales.map((sale) => [sale.id, sale]));
    const ids = padded([...byId.keys()]);
    const { rows } = yield* run(
      `SELECT id, conversion, data FROM impact_story WHERE conversion IN (${placeholders(ids.length)})`,
      ids,
    );
    const changed = rows.flatMap((row) => {
      const data = scrubbed(row, 'data', byId.get(text(row, 'conversion'))!.scrub);
      return data === undefined ? [] : [{ e_line: integer(row, 'id'), e_data: data }];
    });
    if (changed.length === 0) return 0;
    const { dialect } = this.database;
    yield* run(
      dialect.updateFrom(
        'impact_story',
        dialect.recordset('erased', LINE_COLUMNS),
        'impact_story.id = e_line',
        { data: 'e_data' },
      ),
      [JSON.stringify(changed)],
    );
    return changed.length;
  }

  /** Of the visits that led to the sales only the clicks' ids stay. */
  *#clicks(sales: readonly Erased[]): Script<number> {
    let changed = 0;
    const programs = new Set(sales.map(({ row }) => text(row, 'program')));
    for (const program of programs) {
      const clickIds = sales.filter(({ row }) => text(row, 'program') === program).flatMap(clicksOf);
      if (clickIds.length === 0) continue;
      const ids = padded([...new Set(clickIds)]);
      const { affected } = yield* run(
        `UPDATE impact_clicks SET landing_path = NULL, partner_parameters = NULL WHERE program = ? ` +
          `AND click_id IN (${placeholders(ids.length)}) AND (landing_path IS NOT NULL OR partner_parameters IS NOT NULL)`,
        [program, ...ids],
      );
      changed += affected;
    }
    return changed;
  }
}

/** What is stored, scrubbed; undefined when that changes nothing. */
function scrubbed(row: Row, column: string, scrub: Scrubber): string | undefined {
  const stored = textOrNull(row, column);
  if (stored === null) return undefined;
  const clean = JSON.stringify(scrub(JSON.parse(stored)));
  return clean === JSON.stringify(JSON.parse(stored)) ? undefined : clean;
}

const spacesOf = (sales: readonly Erased[]): [program: string, eventType: string][] => [
  ...new Map(
    sales.map(({ row }): [string, [string, string]] => {
      const space: [string, string] = [text(row, 'program'), text(row, 'event_type')];
      return [JSON.stringify(space), space];
    }),
  ).values(),
];

/** The sale's own click, and those that lost. */
function clicksOf({ row }: Erased): string[] {
  const { lost } = json(row, 'attribution') as { lost?: readonly { clickId?: unknown }[] };
  const others = (lost ?? []).flatMap(({ clickId }) => (typeof clickId === 'string' ? [clickId] : []));
  const own = textOrNull(row, 'click_id');
  return own === null ? others : [own, ...others];
}

function lineOf({ scrub, skipped, inFlight }: Erased, reason: ErasureReason): Record<string, unknown> {
  const became = { ...(skipped ? { skipped } : {}), ...(inFlight ? { inFlight } : {}) };
  if ('retention' in reason) return { retention: true, ...became };
  const { by, why } = reason;
  return { ...(scrub({ by, why }) as object), ...became };
}
