import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { printDate } from '../rules/date.rules.js';
import { envelopeOf, pageOf, readPaging } from '../rules/listing.rules.js';
import type { PromoCode } from '../sandbox.settings.js';
import { Sandbox } from '../state/sandbox.state.js';
import { ApiGuard } from './api.guard.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorAnswer, VendorError, type Fields } from './vendor.answer.js';

/** The general page size of listings (docs/vendor-contract.md §12, row 17). */
const PAGE_SIZE = { minimum: 1, default: 1_000 };

/** The codes that partners were given (docs/vendor-contract.md §10.3). */
@Controller('Advertisers/:sid/PromoCodes')
@UseGuards(ApiGuard)
export class PromoCodesController {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  @Get()
  list(@Call() call: SandboxCall): VendorAnswer {
    const paging = readPaging(call.query, PAGE_SIZE);
    if ('problems' in paging) throw VendorError.validation(paging.problems);
    const program = call.query['CampaignId'] ?? '';
    const page = pageOf(
      this.codes().filter(({ programId }) => program === '' || programId === program),
      paging,
    );
    if (page === 'too-large') throw new VendorError(400, 'Too many records');
    const rows = page.rows.map((code) => this.fields(code));
    return VendorAnswer.list(envelopeOf(call.path, call.query, paging, page), 'PromoCodes', rows);
  }

  @Get(':id')
  one(@Param('id') id: string): VendorAnswer {
    const code = this.codes().find((entry) => entry.id === id);
    if (!code) throw new VendorError(404, 'No such promo code');
    return VendorAnswer.record('PromoCode', this.fields(code));
  }

  private codes(): PromoCode[] {
    return this.sandbox.settings.partners.flatMap((partner) => partner.promoCodes);
  }

  private fields(code: PromoCode): Fields {
    const { accountSid, utcOffset } = this.sandbox.settings;
    const date = (value: Date | null): string => (value ? printDate(value, utcOffset) : '');
    return {
      Id: code.id,
      CampaignId: Number(code.programId),
      AssignedPartnerId: Number(code.partnerId),
      Code: code.code,
      Type: code.type,
      CreditPolicy: 'ALWAYS',
      StartDate: date(code.startDate),
      EndDate: date(code.endDate),
      Uri: `/Advertisers/${accountSid}/PromoCodes/${encodeURIComponent(code.id)}`,
    };
  }
}
