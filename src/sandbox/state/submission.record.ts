import type { AttributedBy, SubmissionType } from '../sandbox.types.js';

export interface SubmissionRecord {
  readonly id: string;
  readonly type: SubmissionType;
  readonly receivedAt: Date;
  /** When the worker finishes it. */
  readonly dueAt: Date;
  readonly programId: string;
  eventTypeId: string;
  readonly eventCode: string;
  readonly orderId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly ignoredParameters: readonly string[];
  /** It is taken and completed, and nothing comes of it: a fault. */
  readonly lost: boolean;
  completedAt: Date | null;
  partnerId: string;
  errorType: string | null;
  reasonCodes: readonly string[];
  actionId: string | null;
  attributedBy: AttributedBy | null;
}
