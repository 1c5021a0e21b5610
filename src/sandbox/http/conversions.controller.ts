import { Controller, Delete, Inject, Post, Put, UseGuards } from '@nestjs/common';
import { ApiGuard } from './api.guard.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { SubmissionIntake } from './submission.intake.js';
import type { VendorAnswer } from './vendor.answer.js';

/** The three writes: all of them only queue (docs/vendor-contract.md §3, §5.4, §5.5). */
@Controller('Advertisers/:sid')
@UseGuards(ApiGuard)
export class ConversionsController {
  constructor(@Inject(SubmissionIntake) private readonly intake: SubmissionIntake) {}

  @Post('Conversions')
  submit(@Call() call: SandboxCall): VendorAnswer {
    return this.intake.conversion(call);
  }

  @Put('Actions')
  modify(@Call() call: SandboxCall): VendorAnswer {
    return this.intake.modification(call);
  }

  @Delete('Actions')
  reverse(@Call() call: SandboxCall): VendorAnswer {
    return this.intake.reversal(call);
  }
}
