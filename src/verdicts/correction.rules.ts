import {
  type ConversionState,
  type CorrectionMove,
  type CorrectionPicture,
  isUnsentState,
  nothingIsLeft,
  soldOf,
  type StoredCorrection,
  TAKEN_BACK,
} from '../ledger/index.js';
import { foldCorrections, keptCorrection, type WorthStep } from '../wire/index.js';
import { type CorrectionPatience, later, nothing, refused, waits } from './correction.answers.js';
import { type CorrectionDecision, CorrectionLook, type SubmissionEvidence } from './correction.look.js';

export type { CorrectionPatience } from './correction.answers.js';
export type { CorrectionDecision, SubmissionEvidence } from './correction.look.js';

const ENDED: ReadonlySet<ConversionState> = new Set(['SKIPPED', 'UNATTRIBUTED', 'REJECTED']);
const WHY_ENDED: Readonly<Partial<Record<ConversionState, string>>> = {
  SKIPPED: 'the sale was never sent',
  UNATTRIBUTED: 'nobody is credited with the sale',
  REJECTED: 'impact.com has rejected the sale',
  CANCELLED: TAKEN_BACK,
};

/**
 * Decides what is done next about the corrections of one sale: one after the other, in their order, until one
 * of them waits for the vendor.
 *
 * - What an action is to show is worked out from the sale and all corrections up to this one: it is absolute,
 *   and the same whichever action counts by now and however often it is worked out.
 * - A refused correction counts for nothing afterwards: it is reported again, or it is a claim.
 */
export function decideCorrections(
  picture: CorrectionPicture,
  evidence: ReadonlyMap<string, SubmissionEvidence>,
  patience: CorrectionPatience,
): CorrectionDecision {
  const { sale, action, corrections } = picture;
  const clear = corrections
    .filter(({ state, dueAt }) => state === 'refused' && dueAt !== null)
    .map((correction): CorrectionMove => ({ is: 'clear', correction }));
  const counted = corrections.filter(({ state }) => state !== 'refused');
  if (sale === null) return { moves: [...clear, ...waits(counted, patience)], sale: null, ask: null };
  const sold = soldOf(sale);
  if (action === null || sold === null) {
    const kept = counted.map((one) => keptCorrection(one));
    const steps = sold === null ? [] : foldCorrections(sold, kept);
    const decision = withoutAction(picture, counted, steps, patience);
    return { ...decision, moves: [...clear, ...decision.moves] };
  }
  const look = new CorrectionLook(picture, sold, patience);
  const { moves, ask } = look.along(counted, evidence);
  return { moves: [...clear, ...moves], sale: null, ask };
}

function withoutAction(
  { sale, delivery }: CorrectionPicture,
  counted: readonly StoredCorrection[],
  steps: readonly WorthStep[],
  patience: CorrectionPatience,
): CorrectionDecision {
  const { state } = sale!;
  const open = counted.filter((one) => one.state === 'held');
  const end = (why: string): CorrectionMove[] => [
    ...open.map((correction): CorrectionMove => nothing(correction, why)),
    ...counted
      .filter((one) => one.state !== 'held' && one.dueAt !== null)
      .map((correction): CorrectionMove =>
        correction.state === 'sent' ? later(correction, patience) : { is: 'clear', correction },
      ),
  ];
  if (isUnsentState(state) && isUnsent(delivery, state) && nothingIsLeft(sale!, counted)) {
    return { moves: end(TAKEN_BACK), sale: 'cancel', ask: null };
  }
  if (state === 'CANCELLED') {
    const revives = delivery?.cancelled === true && open.length > 0 && !nothingIsLeft(sale!, counted);
    if (revives) return { moves: waits(counted, patience), sale: 'release', ask: null };
  }
  if (state === 'CANCELLED' || ENDED.has(state)) {
    return { moves: end(WHY_ENDED[state] ?? ''), sale: null, ask: null };
  }
  const broken = open.flatMap((correction): CorrectionMove[] => {
    const problems = steps[counted.indexOf(correction)]?.problems ?? [];
    return problems.length === 0 ? [] : [refused(correction, { problems })];
  });
  const rest = counted.filter((one) => !broken.some(({ correction }) => correction === one));
  return { moves: [...broken, ...waits(rest, patience)], sale: null, ask: null };
}

/** No attempt to send it has begun, or it was refused without a doubt. */
const isUnsent = (delivery: CorrectionPicture['delivery'], state: ConversionState): boolean =>
  delivery === null || !delivery.attempted || (state === 'UNDELIVERABLE' && !delivery.unknown);
