import type { ConversionService } from '../../conversions/index.js';
import type { ImpactDatabase } from '../../database/index.js';
import { ImpactError } from '../../errors/index.js';
import type { ActionLedger, Doorbell, SeenAction } from '../../ledger/index.js';
import type { ConversionInput } from '../../wire/index.js';
import type { ShelvedAction } from './action.shelf.js';
import type { SaleFacts } from './comparison.rules.js';
import type { Finding } from './difference.model.js';
import { inWords } from './difference.words.js';
import { sendAgain, tellRepair } from './reconciliation.statements.js';

/** What a repair needs besides the finding. */
export interface RepairMaterial {
  readonly sale?: SaleFacts | undefined;
  readonly actions?: readonly ShelvedAction[] | undefined;
  readonly input?: ConversionInput | undefined;
}

/** Mends what can be mended without a person, through the doors that everybody uses; each repair is told in the sale's story. */
export class ReconciliationRepair {
  constructor(
    private readonly database: ImpactDatabase,
    private readonly conversions: ConversionService,
    private readonly actions: ActionLedger,
    private readonly doorbell: Doorbell,
    private readonly checkedAt: Date,
  ) {}

  /** Answers why it was not made; `null` when it was. */
  async make(finding: Finding, material: RepairMaterial): Promise<string | null> {
    try {
      return await this.#make(finding, material);
    } catch (error) {
      // One order must not end the others' reconciliation; what is no answer of this package does.
      if (!(error instanceof ImpactError)) throw error;
      return error.message;
    }
  }

  async #make(finding: Finding, { sale, actions = [], input }: RepairMaterial): Promise<string | null> {
    if (finding.repair === 'record') return this.#record(finding, input);
    if (sale === undefined) return 'The ledger has no sale to repair.';
    switch (finding.repair) {
      case 'send-again':
        if (!(await this.database.write(() => sendAgain(this.database, sale)))) {
          return 'It changed meanwhile: compare again.';
        }
        this.doorbell.ring();
        return null;
      case 'read-again':
        await this.#read(actions);
        return this.#tell(sale.id, finding);
      case 'correct-amount':
        if (finding.kind !== 'amount' || finding.vendor.currency !== sale.currency) {
          return 'An amount in another currency is never corrected.';
        }
        // The correction is worked out from what the ledger knows of the action.
        await this.#read(actions);
        await this.conversions.modify(sale.orderId, {
          key: keyOf(finding.vendor.actionId, finding.vendor.amount, finding.expected, this.checkedAt),
          amount: finding.expected,
        });
        return this.#tell(sale.id, finding);
      default:
        return 'Nothing here can repair it.';
    }
  }

  async #record(finding: Finding, input: ConversionInput | undefined): Promise<string | null> {
    if (input === undefined) return 'The list has no sale for it.';
    const { id, problems } = await this.conversions.record(input);
    await this.#tell(id, finding);
    return problems.length === 0 ? null : problems.join(' ');
  }

  async #read(actions: readonly ShelvedAction[]): Promise<void> {
    await this.actions.apply(actions.flatMap(seen), 'look-up', this.checkedAt.getTime());
  }

  async #tell(id: string, finding: Finding): Promise<null> {
    const { words } = inWords(finding);
    await this.database.write(() => tellRepair(this.database, id, { did: finding.repair, words }));
    return null;
  }
}

/** The same difference on the same day is the same correction. */
const keyOf = (action: string, got: string | null, expected: string, at: Date): string =>
  `reconciliation:${at.toISOString().slice(0, 10)}:${action}:${got}:${expected}`;

function seen(action: ShelvedAction): SeenAction[] {
  const { id, state } = action;
  if (state === 'UNKNOWN') return [];
  const dateOf = (at: number | null): Date | null => (at === null ? null : new Date(at));
  return [
    {
      actionId: id,
      orderId: action.orderId,
      state: state === 'CLEARED' ? 'APPROVED' : state,
      partnerId: action.partnerId,
      amount: action.amount,
      currency: action.currency,
      payout: action.payout,
      originalAmount: action.originalAmount,
      originalCurrency: action.originalCurrency,
      eventDate: dateOf(action.eventAt),
      creationDate: dateOf(action.createdAt),
      lockingDate: dateOf(action.lockingAt),
      clearedDate: dateOf(action.clearedAt),
    },
  ];
}
