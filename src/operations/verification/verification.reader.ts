import type { ResolvedImpactOptions } from '../../config/index.js';
import { type ImpactDatabase, run, text } from '../../database/index.js';
import type { ConversionLedger, ConversionRow, SaleKey } from '../../ledger/index.js';

const DAY = 86_400_000;

/** What a verification reads of the shop's own database. */
export class VerificationReader {
  readonly #key: Omit<SaleKey, 'orderId'>;

  constructor(
    private readonly options: Pick<
      ResolvedImpactOptions,
      'accountSid' | 'environment' | 'program' | 'eventType'
    >,
    private readonly database: ImpactDatabase,
    private readonly ledger: Pick<ConversionLedger, 'byOrder'>,
  ) {
    const { program, eventType } = options;
    this.#key = { program, eventType };
  }

  async sale(orderId: string): Promise<ConversionRow | null> {
    return this.database.read(() => this.ledger.byOrder({ ...this.#key, orderId }));
  }

  /** The newest sale with a click. @param since when the click was made: a sale is paid after it. */
  async saleOfClick(clickId: string, since: Date): Promise<ConversionRow | null> {
    const { accountSid, environment } = this.options;
    const { program, eventType } = this.#key;
    const { rows } = await this.database.read(() =>
      run(
        // There is no index on clicks: the day keeps it short.
        'SELECT order_id FROM impact_conversions WHERE event_at >= ? AND click_id = ? AND account = ? AND ' +
          'environment = ? AND program = ? AND event_type = ? ORDER BY recorded_at DESC LIMIT 1',
        [since.getTime() - DAY, clickId, accountSid, environment, program, eventType],
      ),
    );
    return rows[0] === undefined ? null : this.sale(text(rows[0], 'order_id'));
  }

  /** Whether the shop has stored the click, byte for byte. */
  async hasClick(clickId: string): Promise<boolean> {
    const { rows } = await this.database.read(() =>
      run('SELECT id FROM impact_clicks WHERE program = ? AND click_id = ?', [this.#key.program, clickId]),
    );
    return rows.length > 0;
  }
}
