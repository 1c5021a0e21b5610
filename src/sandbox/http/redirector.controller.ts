import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ClickRecorder } from '../state/click.recorder.js';
import { Sandbox } from '../state/sandbox.state.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorError } from './vendor.answer.js';

/** Tracking links: `/c/{partner}/{ad}/{program}` (docs/vendor-contract.md §10.1). */
@Controller('c')
export class RedirectorController {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(ClickRecorder) private readonly recorder: ClickRecorder,
  ) {}

  @Get(':partnerId/:adId/:programId')
  follow(
    @Param() link: { readonly partnerId: string; readonly adId: string; readonly programId: string },
    @Call() call: SandboxCall,
    @Req() request: Request,
    @Res() response: Response,
  ): void {
    const { programs, partners } = this.sandbox.settings;
    const program = programs.find(({ id }) => id === link.programId);
    const partner = partners.find(({ id }) => id === link.partnerId);
    if (!program || !partner)
      throw new VendorError(404, 'This link leads nowhere: unknown program or partner.');
    const click = this.recorder.follow({
      program,
      partner,
      adId: link.adId,
      query: call.query,
      ip: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'] ?? '',
    });
    // Written as it is: Express's redirect() would encode the address a second time.
    response
      .status(302)
      .setHeader('Location', click.redirectedTo)
      .setHeader('Cache-Control', 'no-store')
      .end();
  }
}
