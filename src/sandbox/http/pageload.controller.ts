import { Controller, Inject, Post } from '@nestjs/common';
import { zonedDate } from '../rules/date.rules.js';
import { customerKeys } from '../rules/verdict.rules.js';
import { Sandbox } from '../state/sandbox.state.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorAnswer, VendorError, type Fields } from './vendor.answer.js';

const IDENTITIES = [
  'CustomProfileId',
  'GoogAId',
  'AndroidId',
  'AppleIfa',
  'AppleIfv',
  'ClickId',
  'CustomerId',
];
const CLICK_PARAMETERS = ['im_ref', 'irclickid', 'clickid'];

/** Server-side click capture; no authentication (docs/vendor-contract.md §8.5). */
@Controller('PageLoad')
export class PageLoadController {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  @Post()
  load(@Call() call: SandboxCall): VendorAnswer {
    const { parameters } = call;
    const { store, ids, settings } = this.sandbox;
    const problems = problemsOf(parameters);
    if (call.bodyProblem !== null) problems.push({ field: '', message: call.bodyProblem });
    if (problems.length > 0) throw VendorError.validation(problems);

    const page = new URL(parameters['PageUrl'] ?? '');
    const names = [...settings.programs.map((program) => program.clickIdParameter), ...CLICK_PARAMETERS];
    const given =
      parameters['ClickId'] || names.map((name) => page.searchParams.get(name)).find(Boolean) || '';
    const click = store.clicks.get(given);
    const warnings: Fields[] = [];
    if (given !== '' && !click) {
      warnings.push({ field: 'PageUrl', level: 'WARNING', message: 'Unknown click id' });
    }
    if (click) {
      for (const key of customerKeys(parameters)) {
        store.referrals.set(key, { partnerId: click.partnerId, clickId: click.id, at: click.at });
      }
    }
    return VendorAnswer.status({
      clickId: given === '' ? ids.click() : given,
      sessionStart: given !== '',
      ...(warnings.length > 0 && { warnings }),
    });
  }
}

function problemsOf(parameters: Readonly<Record<string, string>>): { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = [];
  const date = parameters['EventDate'] ?? '';
  if (!/^\d{1,10}$/.test(parameters['CampaignId'] ?? '')) {
    problems.push({ field: 'CampaignId', message: 'Not a numeric value' });
  }
  if (date !== 'NOW' && !zonedDate(date)) {
    problems.push({ field: 'EventDate', message: 'Not an ISO 8601 date with time and zone' });
  }
  if (!URL.canParse(parameters['PageUrl'] ?? '')) problems.push({ field: 'PageUrl', message: 'Not a URL' });
  if (!IDENTITIES.some((name) => parameters[name])) {
    problems.push({ field: 'CustomProfileId', message: `One of ${IDENTITIES.join(', ')} is required` });
  }
  return problems;
}
