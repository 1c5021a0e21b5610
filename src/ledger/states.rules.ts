/**
 * What became of a sale, as far as this app knows.
 *
 * The straight line is RECORDED → SENT → CREDITED → APPROVED → CLEARED; the others say why a sale left it.
 */
export type ConversionState =
  /** Stored, waiting to be sent. */
  | 'RECORDED'
  /** The vendor has queued it; nothing is decided yet. */
  | 'SENT'
  /** An action exists: a partner is credited. */
  | 'CREDITED'
  /** The action is locked. */
  | 'APPROVED'
  /** The action is cleared for payment. */
  | 'CLEARED'
  /** Not sent, on purpose: no attribution key, or `send: 'attributable'` without a click or code. */
  | 'SKIPPED'
  /** Recorded in dry-run mode; sent only when released by command. */
  | 'DRY_RUN'
  /** Taken back before any attempt to send it. */
  | 'CANCELLED'
  /** The vendor took it and credits nobody, which is normal for a sale without a click or code. */
  | 'UNATTRIBUTED'
  /** The vendor refused it and said why. */
  | 'REJECTED'
  /** The action was reversed. */
  | 'REVERSED'
  /** Needs a person: invalid data, or refused when it was sent. */
  | 'UNDELIVERABLE';

/** Every allowed change of state; whatever is not listed is refused. */
export const STATE_CHANGES: Readonly<Record<ConversionState, readonly ConversionState[]>> = {
  // An action directly: an attempt of unknown outcome turned out to have arrived.
  // Skipped: its customer was erased, and nothing else was left to give it to anybody.
  RECORDED: ['SENT', 'CREDITED', 'APPROVED', 'CLEARED', 'REVERSED', 'SKIPPED', 'CANCELLED', 'UNDELIVERABLE'],
  SENT: ['CREDITED', 'APPROVED', 'CLEARED', 'REVERSED', 'UNATTRIBUTED', 'REJECTED'],
  CREDITED: ['APPROVED', 'CLEARED', 'REVERSED'],
  // A locked action can still be taken back by the vendor's staff, and another one of the order take its place.
  APPROVED: ['CREDITED', 'CLEARED', 'REVERSED'],
  CLEARED: ['CREDITED', 'APPROVED', 'REVERSED'],
  SKIPPED: [],
  DRY_RUN: ['RECORDED', 'SKIPPED', 'CANCELLED'],
  CANCELLED: [],
  // Actions can appear late, or by hand.
  UNATTRIBUTED: ['CREDITED', 'APPROVED', 'CLEARED', 'REVERSED', 'REJECTED'],
  REJECTED: ['CREDITED', 'APPROVED', 'CLEARED', 'REVERSED', 'RECORDED'],
  // A reversed action can be restored before it locks, or replaced by a new one.
  REVERSED: ['CREDITED', 'APPROVED', 'CLEARED'],
  // Mended by recording it again with other content; or an attempt that was given up had arrived after all.
  UNDELIVERABLE: [
    'RECORDED',
    'SKIPPED',
    'DRY_RUN',
    'CANCELLED',
    'CREDITED',
    'APPROVED',
    'CLEARED',
    'REVERSED',
  ],
};

/** Every state: first the straight line, then those beside it. */
export const STATES = Object.keys(STATE_CHANGES) as readonly ConversionState[];

export function mayChange(from: ConversionState, to: ConversionState): boolean {
  return STATE_CHANGES[from].includes(to);
}

/** The states from which `to` can be reached: what a compare-and-set statement names. */
export function statesBefore(to: ConversionState): ConversionState[] {
  return (Object.keys(STATE_CHANGES) as ConversionState[]).filter((from) => mayChange(from, to));
}
