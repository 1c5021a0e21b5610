import { Inject, Injectable } from '@nestjs/common';
import {
  orderIdOf,
  unknownCorrectionParameters,
  validateModification,
  validateReversal,
} from '../rules/correction.validation.js';
import { readConversion } from '../rules/conversion.reader.js';
import { validateConversion, type Problem } from '../rules/conversion.validation.js';
import { findEventType } from '../rules/verdict.rules.js';
import type { SubmissionType } from '../sandbox.types.js';
import { Sandbox } from '../state/sandbox.state.js';
import type { SubmissionRecord } from '../state/submission.record.js';
import { SubmissionWorker } from '../worker/submission.worker.js';
import type { SandboxCall } from './sandbox.call.js';
import { VendorAnswer, VendorError } from './vendor.answer.js';

/** The door: checks the form of a conversion or correction, then queues it. Nothing is decided here. */
@Injectable()
export class SubmissionIntake {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(SubmissionWorker) private readonly worker: SubmissionWorker,
  ) {}

  conversion(call: SandboxCall): VendorAnswer {
    const { settings, clock, ids } = this.sandbox;
    const now = clock.now();
    const parameters = settings.longText === 'cut' ? cutTexts(bodyOf(call)) : bodyOf(call);
    const input = readConversion(parameters);
    const problems = [
      ...validateConversion(input, { ...settings, currencies: Object.keys(settings.rates) }, now),
      ...(settings.unknownProgram === 'refuse' ? this.unknownProgram(input.fields) : []),
    ];
    if (problems.length > 0) throw VendorError.validation(problems);
    return this.queue('Conversion', call, {
      parameters,
      ignoredParameters: input.ignored,
      programId: input.fields['CampaignId'] ?? '',
      eventTypeId: findEventType(input.fields, settings.eventTypes)?.id ?? input.fields['EventTypeId'] ?? '',
      eventCode: input.fields['EventTypeCode'] ?? '',
      orderId: (input.fields['OrderId'] ?? '').replaceAll('IR_AN_64_TS', () => ids.order(now)),
    });
  }

  modification(call: SandboxCall): VendorAnswer {
    return this.correction('Modification', call, validateModification);
  }

  reversal(call: SandboxCall): VendorAnswer {
    return this.correction('Reversal', call, validateReversal);
  }

  private correction(
    type: SubmissionType,
    call: SandboxCall,
    validate: (parameters: SandboxCall['body'], customCodes: readonly string[]) => Problem[],
  ): VendorAnswer {
    const { settings, store } = this.sandbox;
    const parameters = bodyOf(call);
    const problems = validate(parameters, settings.dispositionCodes);
    if (problems.length > 0) throw VendorError.validation(problems);
    const action = store.action(parameters['ActionId'] ?? '');
    const tracker = parameters['ActionTrackerId'] ?? action?.eventTypeId ?? '';
    return this.queue(type, call, {
      parameters,
      ignoredParameters: unknownCorrectionParameters(parameters),
      programId: action?.programId ?? settings.eventTypes.find(({ id }) => id === tracker)?.programId ?? '',
      eventTypeId: tracker,
      eventCode: '',
      orderId: orderIdOf(parameters) || (action?.orderId ?? ''),
    });
  }

  private queue(
    type: SubmissionType,
    call: SandboxCall,
    given: Pick<
      SubmissionRecord,
      'parameters' | 'ignoredParameters' | 'programId' | 'eventTypeId' | 'eventCode' | 'orderId'
    >,
  ): VendorAnswer {
    const { settings, clock, ids } = this.sandbox;
    const receivedAt = clock.now();
    const submission: SubmissionRecord = {
      id: ids.submission(),
      type,
      receivedAt,
      dueAt: new Date(receivedAt.getTime() + settings.settleAfter),
      ...given,
      lost: call.lost,
      completedAt: null,
      partnerId: '',
      errorType: null,
      reasonCodes: [],
      actionId: null,
      attributedBy: null,
    };
    this.worker.enqueue(submission);
    return VendorAnswer.status({
      Status: 'QUEUED',
      QueuedUri: `/Advertisers/${settings.accountSid}/APISubmissions/${submission.id}`,
    });
  }

  private unknownProgram(fields: Readonly<Record<string, string>>): Problem[] {
    const { programs, eventTypes } = this.sandbox.settings;
    const problems: Problem[] = [];
    if (!programs.some(({ id }) => id === fields['CampaignId'])) {
      problems.push({ field: 'CampaignId', message: `Invalid value ${fields['CampaignId'] ?? ''}` });
    }
    if (!findEventType(fields, eventTypes))
      problems.push({ field: 'EventTypeId', message: 'Unknown event type' });
    return problems;
  }
}

function bodyOf(call: SandboxCall): Readonly<Record<string, string>> {
  if (call.bodyProblem !== null) {
    throw VendorError.validation([{ field: '', message: call.bodyProblem }]);
  }
  const { _method, ...parameters } = call.body;
  return parameters;
}

/** For accounts on which over-long texts are cut instead of refused (docs/vendor-contract.md §13.4). */
function cutTexts(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const cut = readConversion(parameters)
    .checks.filter(({ field }) => field.type === 'text')
    .map(({ name, value, field }) => [name, [...value].slice(0, field.max).join('')]);
  return { ...parameters, ...(Object.fromEntries(cut) as Record<string, string>) };
}
