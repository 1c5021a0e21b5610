/** Who acts, and why: kept in the story of the sale. */
export interface ActedBy {
  readonly by: string;
  readonly why: string;
}

/** Which sales of the dry run are let out. */
export type ReleaseFilter = { readonly orderId: string } | { readonly all: true };

export interface ReleaseOptions extends ActedBy {
  /** Let out also what is older than impact.com processes (docs/vendor-contract.md §6). Default `false`. */
  readonly allowOld?: boolean;
  /** Say what would be let out, and change nothing. Default `false`. */
  readonly dryRun?: boolean;
  /** Ends the release between two batches; what was let out stays so. */
  readonly signal?: AbortSignal;
  /** Told after each batch. */
  readonly onProgress?: (progress: { readonly looked: number; readonly total: number }) => void;
}

export interface ReleaseReport {
  readonly released: number;
  /** Sales that stay in the dry run, and why: the first 100. */
  readonly kept: readonly KeptSale[];
  /** How many more stay. */
  readonly moreKept: number;
  /** It was ended by its signal. */
  readonly aborted: boolean;
}

export interface KeptSale {
  readonly orderId: string;
  readonly why: string;
}
