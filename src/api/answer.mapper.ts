import type {
  AcceptedWrite,
  Action,
  ActionItem,
  ActionState,
  CompanyInformation,
  PageEnvelope,
  PromoCode,
  Submission,
  SubmissionStatus,
  VendorClick,
} from './api.model.js';
import { lastSegment } from './account.paths.js';
import type { Fields } from './fields.reader.js';

type Without<T> = Omit<T, 'rate'>;

const ACCEPTED = new Set(['QUEUED', 'OK']);

/**
 * The proof that a write was taken: `QUEUED` or `OK` with a URI, or an action with its URI
 * (docs/vendor-contract.md §3.4). Anything less is `null`: a 200 alone proves nothing.
 */
export function acceptedWrite(body: Fields): Without<AcceptedWrite> | null {
  const actionId = body.text('ActionId');
  const queuedUri = body.text('QueuedUri', 'Uri');
  const accepted = ACCEPTED.has(body.text('Status')?.toUpperCase() ?? '');
  if (accepted && queuedUri !== null) return { submissionId: lastSegment(queuedUri), queuedUri, actionId };
  if (actionId !== null && body.text('ActionUri') !== null)
    return { submissionId: null, queuedUri, actionId };
  return null;
}

/** `null` when the body is no submission. */
export function submission(body: Fields): Without<Submission> | null {
  const record = body.object('APISubmission') ?? body;
  const id = record.text('BatchId');
  const status = record.text('Status');
  if (id === null && status === null) return null;
  return {
    id,
    campaignId: record.text('CampaignId'),
    actionTrackerId: record.text('ActionTrackerId'),
    mediaPartnerId: record.text('MediaPartnerId'),
    eventCode: record.text('EventCode'),
    orderId: record.text('OrderId'),
    payload: record.text('Payload'),
    type: record.text('Type'),
    status: submissionStatus(status),
    submittedAt: record.date('SubmissionDate'),
    completedAt: record.date('CompletionDate'),
    errorType: record.text('ErrorType'),
    reasonCodes: reasonCodes(record.text('ErrorReason')),
    uri: record.text('Uri'),
  };
}

function submissionStatus(status: string | null): SubmissionStatus {
  switch (status?.replaceAll(/[^A-Za-z]/g, '').toUpperCase()) {
    case 'QUEUED':
      return 'QUEUED';
    case 'INPROGRESS':
      return 'IN_PROGRESS';
    case 'COMPLETE':
    case 'COMPLETED':
      return 'COMPLETE';
    default:
      return 'UNKNOWN';
  }
}

function reasonCodes(reason: string | null): string[] {
  if (reason === null) return [];
  return [
    ...new Set(
      reason
        .toUpperCase()
        .split(/[\s,]+/)
        .filter((code) => code !== ''),
    ),
  ];
}

/** `null` when the body is no action: one without an id can be neither matched nor corrected. */
export function action(row: Fields): Action | null {
  const id = row.text('Id', 'ActionId');
  if (id === null) return null;
  return {
    id,
    campaignId: row.text('CampaignId'),
    campaignName: row.text('CampaignName'),
    actionTrackerId: row.text('ActionTrackerId', 'EventTypeId'),
    actionTrackerName: row.text('ActionTrackerName', 'EventTypeName'),
    eventCode: row.text('EventCode'),
    mediaPartnerId: row.text('MediaPartnerId'),
    mediaPartnerName: row.text('MediaPartnerName'),
    adId: row.text('AdId'),
    state: actionState(row.text('State')),
    orderId: row.text('Oid', 'OrderId'),
    currency: row.text('Currency'),
    amount: row.decimal('Amount'),
    deltaAmount: row.decimal('DeltaAmount'),
    intendedAmount: row.decimal('IntendedAmount'),
    originalAmount: row.decimal('OriginalAmount'),
    originalCurrency: row.text('OriginalCurrency'),
    payout: row.decimal('Payout'),
    deltaPayout: row.decimal('DeltaPayout'),
    intendedPayout: row.decimal('IntendedPayout'),
    clientCost: row.decimal('ClientCost'),
    referringDate: row.date('ReferringDate'),
    eventDate: row.date('EventDate'),
    creationDate: row.date('CreationDate'),
    lockingDate: row.date('LockingDate'),
    clearedDate: row.date('ClearedDate'),
    referringType: row.text('ReferringType'),
    referringDomain: row.text('ReferringDomain'),
    promoCode: row.text('PromoCode'),
    customerId: row.text('CustomerId'),
    customerStatus: row.text('CustomerStatus'),
    sharedId: row.text('SharedId'),
    note: row.text('Note'),
    uri: row.text('Uri'),
  };
}

function actionState(state: string | null): ActionState {
  switch (state?.toUpperCase()) {
    case 'PENDING':
      return 'PENDING';
    case 'APPROVED':
      return 'APPROVED';
    case 'REVERSED':
    case 'REJECTED':
      return 'REVERSED';
    default:
      return 'UNKNOWN';
  }
}

export function actionItem(row: Fields): ActionItem {
  return {
    sku: row.text('Sku'),
    name: row.text('ItemName'),
    category: row.text('Category'),
    quantity: row.decimal('Quantity'),
    saleAmount: row.decimal('SaleAmount'),
    saleAmountCurrency: row.text('SaleAmountCurrency'),
    payout: row.decimal('Payout'),
    payoutCurrency: row.text('PayoutCurrency'),
    rebate: row.decimal('Rebate'),
    rebateCurrency: row.text('RebateCurrency'),
    adjustmentDate: row.date('AdjustmentDate'),
    adjustmentReason: row.text('AdjustmentReason'),
    uri: row.text('Uri'),
  };
}

export function promoCode(row: Fields): PromoCode {
  return {
    id: row.text('Id'),
    code: row.text('Code'),
    type: row.text('Type'),
    campaignId: row.text('CampaignId'),
    assignedPartnerId: row.text('AssignedPartnerId'),
    creditPolicy: row.text('CreditPolicy'),
    state: row.text('State'),
    startDate: row.date('StartDate'),
    endDate: row.date('EndDate'),
  };
}

/** `null` when the body names no company. */
export function companyInformation(body: Fields): Without<CompanyInformation> | null {
  const company = body.object('CompanyInformation') ?? body;
  const companyName = company.text('CompanyName', 'Name');
  const uri = company.text('Uri');
  if (companyName === null && uri === null) return null;
  return {
    companyName,
    currency: company.text('Currency', 'CurrencyCode'),
    timeZone: company.text('Timezone'),
    website: company.text('Website'),
  };
}

/** `null` when the body is no click. */
export function vendorClick(body: Fields): Without<VendorClick> | null {
  const click = body.object('Click') ?? body;
  const id = click.text('Id', 'ClickId');
  const eventDate = click.date('EventDate');
  if (id === null && eventDate === null) return null;
  return {
    id,
    campaignId: click.text('CampaignId'),
    mediaId: click.text('MediaId', 'MediaPartnerId'),
    mediaName: click.text('MediaName'),
    adId: click.text('AdId'),
    eventDate,
    landingPageUrl: click.text('LandingPageUrl'),
    referringDomain: click.text('ReferringDomain'),
    sharedId: click.text('SharedId'),
    deviceType: click.text('DeviceType'),
  };
}

/** JSON has the paging facts beside the list, XML as attributes of it (docs/vendor-contract.md §5.1). */
export function pageEnvelope(body: Fields, listName: string): PageEnvelope {
  const list = body.object(listName);
  const holder = list?.has('@page') === true ? list : body;
  return {
    page: holder.count('@page'),
    pages: holder.count('@numpages'),
    pageSize: holder.count('@pagesize'),
    total: holder.count('@total'),
    nextPageUri: holder.text('@nextpageuri'),
  };
}
