type Insert = (table: string, rows: Record<string, string | number | null>[]) => unknown;

interface Settings {
  readonly sales: number;
  readonly now: number;
  readonly account: string;
  readonly environment: string;
  /** How far back the sales lie. Default 90. */
  readonly days?: number;
  /** Where the numbers of the orders begin. Default 0. */
  readonly first?: number;
  /** Sales that are stored at a time. */
  readonly chunk?: number;
}

export function plantSales(insert: Insert, settings: Settings): Promise<void>;
export function plantReconciliation(insert: Insert, settings: Settings): Promise<void>;
