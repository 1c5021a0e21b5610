import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { printDate } from '../rules/date.rules.js';
import { envelopeOf } from '../rules/listing.rules.js';
import type { Program } from '../sandbox.settings.js';
import { Sandbox } from '../state/sandbox.state.js';
import { ApiGuard } from './api.guard.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorAnswer, VendorError, type Fields } from './vendor.answer.js';

/** Small reads that a brand's back end may want (docs/vendor-contract.md §10.3). */
@Controller('Advertisers/:sid')
@UseGuards(ApiGuard)
export class AccountController {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  @Get('CompanyInformation')
  company(): VendorAnswer {
    const { accountSid, accountCurrency } = this.sandbox.settings;
    return VendorAnswer.record('CompanyInformation', {
      CompanyName: 'nestjs-impact sandbox',
      Website: `${this.sandbox.url}/`,
      Currency: accountCurrency,
      Timezone: `GMT${this.sandbox.settings.utcOffset}`,
      Uri: `/Advertisers/${accountSid}/CompanyInformation`,
    });
  }

  @Get('Campaigns')
  campaigns(@Call() call: SandboxCall): VendorAnswer {
    return this.list(
      call,
      'Campaigns',
      this.sandbox.settings.programs.map((program) => this.campaign(program)),
    );
  }

  @Get('Campaigns/:id')
  oneCampaign(@Param('id') id: string): VendorAnswer {
    return VendorAnswer.record('Campaign', this.campaign(this.program(id)));
  }

  @Get('Campaigns/:id/Clicks/:clickId')
  click(@Param('id') id: string, @Param('clickId') clickId: string): VendorAnswer {
    const program = this.program(id);
    const click = this.sandbox.store.clicks.get(clickId);
    if (!click || click.programId !== program.id) throw new VendorError(404, 'No such click');
    return VendorAnswer.record('Click', {
      Id: click.id,
      CampaignId: Number(program.id),
      EventDate: printDate(click.at, this.sandbox.settings.utcOffset),
      MediaId: Number(click.partnerId),
      MediaName: click.partnerName,
      AdId: click.adId,
      LandingPageUrl: click.redirectedTo || click.landingUrl,
      SharedId: click.sharedId,
      SubId1: click.subIds[0],
      SubId2: click.subIds[1],
      SubId3: click.subIds[2],
      DeviceType: /mobile/i.test(click.userAgent) ? 'MOBILE' : 'DESKTOP',
      IpAddress: click.ipHash,
      Uri: `/Advertisers/${this.sandbox.settings.accountSid}/Campaigns/${program.id}/Clicks/${encodeURIComponent(click.id)}`,
    });
  }

  private list(call: SandboxCall, key: string, rows: readonly Fields[]): VendorAnswer {
    const paging = { page: 1, pageSize: 1_000 };
    const page = { rows, total: rows.length, pages: 1 };
    return VendorAnswer.list(envelopeOf(call.path, call.query, paging, page), key, rows);
  }

  private program(id: string): Program {
    const program = this.sandbox.settings.programs.find((entry) => entry.id === id);
    if (!program) throw new VendorError(404, 'No such program');
    return program;
  }

  private campaign(program: Program): Fields {
    const { url, settings, linkedDomains } = this.sandbox;
    return {
      Id: Number(program.id),
      Name: program.name,
      Type: 'CPA',
      State: 'ACTIVE',
      TrackingDomain: url,
      LandingPage: program.landingUrl ?? `${url}/landing`,
      CampaignTrackingTemplate: `${program.clickIdParameter}={clickid}&sharedid={sharedid}&irpid={irpid}`,
      DeepLinking: 'true',
      DeepLinkDomains: [...(program.deepLinkDomains ?? linkedDomains.get(program.id) ?? [])].join(','),
      Uri: `/Advertisers/${settings.accountSid}/Campaigns/${program.id}`,
    };
  }
}
