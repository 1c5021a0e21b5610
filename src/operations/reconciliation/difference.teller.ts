import type { Difference, DifferenceKind, Finding } from './difference.model.js';
import { inWords } from './difference.words.js';
import type { ReconciliationRepair, RepairMaterial } from './reconciliation.repair.js';

/** Puts findings into words, has them repaired where that is asked for, and counts them. */
export class DifferenceTeller {
  readonly kinds: Partial<Record<DifferenceKind, number>> = {};
  repaired = 0;

  /** @param repair `null` to change nothing. */
  constructor(private readonly repair: ReconciliationRepair | null) {}

  async tell(finding: Finding, material: RepairMaterial = {}): Promise<Difference> {
    const asked = this.repair !== null && finding.repair !== 'none';
    const problem = asked ? await this.repair.make(finding, material) : null;
    const repaired = asked && problem === null;
    if (repaired) this.repaired += 1;
    this.kinds[finding.kind] = (this.kinds[finding.kind] ?? 0) + 1;
    return {
      ...finding,
      ...inWords(finding),
      orderId: orderIdOf(finding),
      repaired,
      repairProblem: problem,
    };
  }
}

function orderIdOf(finding: Finding): string {
  if (finding.ledger !== null) return finding.ledger.orderId;
  return 'shop' in finding ? finding.shop.orderId : (finding.vendor.orderId ?? '');
}
