import type { SandboxSettings } from '../sandbox.settings.js';
import type { SandboxSubmission, SubmissionStatus } from '../sandbox.types.js';
import type { SubmissionRecord } from '../state/submission.record.js';
import { printDate } from './date.rules.js';

/** Queued first, In Progress from half of the delay on, Complete when the worker is done. */
function statusOf(record: SubmissionRecord, now: Date): SubmissionStatus {
  if (record.completedAt) return 'Complete';
  const half = (record.receivedAt.getTime() + record.dueAt.getTime()) / 2;
  return now.getTime() < half ? 'Queued' : 'In Progress';
}

/** docs/vendor-contract.md §4.2; no ActionId there. */
export function submissionFields(
  record: SubmissionRecord,
  settings: Pick<SandboxSettings, 'accountSid' | 'utcOffset'>,
  now: Date,
): Record<string, string | number | null> {
  const accountId = Number(/\d+/.exec(settings.accountSid)?.[0] ?? 0);
  return {
    BatchId: record.id,
    AccountId: accountId,
    CampaignId: numberOr(record.programId),
    ActionTrackerId: numberOr(record.eventTypeId),
    SubmissionDate: printDate(record.receivedAt, settings.utcOffset),
    MediaPartnerId: numberOr(record.partnerId),
    EventCode: record.eventCode,
    OrderId: record.orderId,
    Payload: new URLSearchParams(record.parameters).toString(),
    Type: record.type,
    Status: statusOf(record, now),
    CompletionDate: record.completedAt ? printDate(record.completedAt, settings.utcOffset) : '',
    ErrorType: record.errorType ?? '',
    ErrorReason: record.reasonCodes.join(' '),
    Uri: `/Advertisers/${settings.accountSid}/APISubmissions/${record.id}`,
  };
}

export function submissionView(record: SubmissionRecord, now: Date): SandboxSubmission {
  const { dueAt: _dueAt, lost: _lost, ...kept } = record;
  return { ...kept, status: statusOf(record, now) };
}

/** Empty values are empty strings in the vendor's answers. */
const numberOr = (id: string): number | string => (/^\d+$/.test(id) ? Number(id) : '');
