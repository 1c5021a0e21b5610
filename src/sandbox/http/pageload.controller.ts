import { Controller, Inject, Post } from '@nestjs/common';
import { zonedDate } from '../rules/date.rules.js';
import { customerKeys } from '../rules/verdict.rules.js';
import { ClickRecorder } from '../state/click.recorder.js';
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
const LINK = /^\/c\/([^/]+)\/([^/]+)\/([^/]+)$/;
const CLICK_PARAMETERS = ['im_ref', 'irclickid', 'clickid'];

/** Server-side click capture; no authentication (docs/vendor-contract.md §8.5). */
@Controller('PageLoad')
export class PageLoadController {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(ClickRecorder) private readonly recorder: ClickRecorder,
  ) {}

  @Post()
  load(@Call() call: SandboxCall): VendorAnswer {
    const { parameters } = call;
    const { store, ids, settings } = this.sandbox;
    const problems = problemsOf(parameters);
    if (call.bodyProblem !== null) problems.push({ field: '', message: call.bodyProblem });
    if (problems.length > 0) throw VendorError.validation(problems);

    const page = new URL(parameters['PageUrl'] ?? '');
    const names = [...settings.programs.map((program) => program.clickIdParameter), ...CLICK_PARAMETERS];
    const link = this.tracked(page, parameters);
    const given =
      link?.clickId ||
      parameters['ClickId'] ||
      names.map((name) => page.searchParams.get(name)).find(Boolean) ||
      '';
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
      ...(link?.landingPage && { landingPage: link.landingPage }),
      clickId: given === '' ? ids.click() : given,
      sessionStart: given !== '',
      ...(warnings.length > 0 && { warnings }),
    });
  }

  /** A tracking link is followed; a page with `impacttest=1` counts as a click of the test partner (§8.1). */
  private tracked(
    page: URL,
    parameters: SandboxCall['parameters'],
  ): { clickId: string; landingPage: string | null } | null {
    const { settings, url } = this.sandbox;
    const link = page.origin === url ? LINK.exec(page.pathname) : null;
    const test = page.searchParams.get('impacttest') === '1';
    const program = settings.programs.find(({ id }) => id === (link?.[3] ?? parameters['CampaignId']));
    const partner = settings.partners.find((entry) => (link ? entry.id === link[1] : test && entry.test));
    if (!program || !partner) return null;
    const click = this.recorder.follow({
      program,
      partner,
      adId: link?.[2] ?? '',
      query: Object.fromEntries(page.searchParams),
      ip: parameters['IpAddress'] ?? '',
      userAgent: parameters['UserAgent'] ?? '',
    });
    return { clickId: click.id, landingPage: link && click.redirectedTo };
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
