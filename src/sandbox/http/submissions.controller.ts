import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { DAY } from '../rules/duration.rules.js';
import { envelopeOf, pageOf } from '../rules/listing.rules.js';
import { submissionFields } from '../rules/submission.view.js';
import { Sandbox } from '../state/sandbox.state.js';
import type { SubmissionRecord } from '../state/submission.record.js';
import { ApiGuard } from './api.guard.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorAnswer, VendorError } from './vendor.answer.js';

/** Records are kept for 90 days (docs/vendor-contract.md §4.1). */
const KEPT = 90 * DAY;

@Controller('Advertisers/:sid/APISubmissions')
@UseGuards(ApiGuard)
export class SubmissionsController {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  @Get()
  list(@Call() call: SandboxCall): VendorAnswer {
    const paging = { page: 1, pageSize: 20_000 };
    const kept = [...this.sandbox.store.submissions.values()].filter((record) => this.isKept(record));
    const page = pageOf(kept.toReversed(), paging);
    if (page === 'too-large') throw new VendorError(400, 'Too many records');
    const rows = page.rows.map((record) => this.fields(record));
    return VendorAnswer.list(envelopeOf(call.path, call.query, paging, page), 'APISubmission', rows);
  }

  @Get(':id')
  one(@Param('id') id: string): VendorAnswer {
    const record = this.sandbox.store.submissions.get(id);
    if (!record || !this.isKept(record)) throw new VendorError(404, 'No such submission');
    return VendorAnswer.record('APISubmission', this.fields(record));
  }

  private isKept(record: SubmissionRecord): boolean {
    return this.sandbox.clock.now().getTime() - record.receivedAt.getTime() <= KEPT;
  }

  private fields(record: SubmissionRecord): ReturnType<typeof submissionFields> {
    return submissionFields(record, this.sandbox.settings, this.sandbox.clock.now());
  }
}
