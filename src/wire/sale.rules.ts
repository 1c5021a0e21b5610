/** What a shop has configured about its sales. `ResolvedImpactOptions.recording` fits. */
export interface SaleRules {
  /**
   * Digits in all and decimals that an amount may have before it is remarked on; with `enforce` it is
   * refused. Fields with a wider published limit of their own keep that one (docs/vendor-contract.md §2).
   */
  readonly amountLimits: { readonly digits: number; readonly decimals: number; readonly enforce: boolean };
  /** Customer statuses that the event type knows, `null` for any. */
  readonly customerStatuses: readonly string[] | null;
}

/** The vendor's documented defaults; any customer status. */
export const DEFAULT_SALE_RULES: SaleRules = {
  amountLimits: { digits: 8, decimals: 2, enforce: false },
  customerStatuses: null,
};
