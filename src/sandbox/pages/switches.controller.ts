import { Controller, Get, Inject, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { FaultKind, FaultPlan, Operation } from '../faults/fault.plan.js';
import { FaultSwitchboard, faultName } from '../faults/fault.switchboard.js';
import { Call, type SandboxCall } from '../http/sandbox.call.js';
import { VendorError } from '../http/vendor.answer.js';
import { SandboxError } from '../sandbox.errors.js';
import { Sandbox } from '../state/sandbox.state.js';
import { trackingLink } from '../state/tracking.link.js';
import { ActionOffice, type OfficeDecision } from '../worker/action.office.js';
import { SubmissionWorker } from '../worker/submission.worker.js';
import { environmentLines } from './environment.lines.js';
import { OriginGuard } from './origin.guard.js';
import { PageFrame } from './page.frame.js';

const DECISIONS: readonly string[] = [
  'approve',
  'reverse',
  'restore',
  'reattribute',
] satisfies OfficeDecision[];

/** The pages with switches: plain forms that post and come back. */
@Controller()
@UseGuards(OriginGuard)
export class SwitchesController {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(PageFrame) private readonly frame: PageFrame,
    @Inject(FaultSwitchboard) private readonly switchboard: FaultSwitchboard,
    @Inject(SubmissionWorker) private readonly worker: SubmissionWorker,
    @Inject(ActionOffice) private readonly office: ActionOffice,
  ) {}

  @Get()
  start(@Res() response: Response): void {
    this.showStart(response, {});
  }

  @Post('links')
  makeLink(@Call() call: SandboxCall, @Res() response: Response): void {
    const { partnerId = '', landingUrl = '', sharedId = '', subId1 = '' } = call.body;
    try {
      const link = trackingLink(this.sandbox, { partnerId, landingUrl, sharedId, subId1 });
      this.showStart(response, { link, form: call.body });
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      this.showStart(response, { problem: error.message, form: call.body });
    }
  }

  @Get('faults')
  faults(@Res() response: Response): void {
    const plans = this.switchboard.list().map(({ plan, left }) => ({
      name: faultName(plan),
      on: typeof plan.on === 'function' ? 'a function' : String(plan.on ?? 'all'),
      left: Number.isFinite(left) ? `${left}` : 'until cleared',
    }));
    this.frame.send(response, 'faults', '/faults', { plans });
  }

  @Post('faults')
  switchFault(@Call() call: SandboxCall, @Res() response: Response): void {
    const { fault = '', on = 'all', times = '', delayMs = '', retryAfter = '' } = call.body;
    const plan: FaultPlan = {
      ...(/^\d{3}$/.test(fault) ? { status: Number(fault) } : { kind: fault as FaultKind }),
      on: on as Operation | 'all',
      ...(times !== '' && { times: Number(times) }),
      ...(delayMs !== '' && { delayMs: Number(delayMs) }),
      ...(retryAfter !== '' && { retryAfter: Number(retryAfter) }),
    };
    this.trying(() => this.switchboard.add(plan));
    seeOther(response, '/faults');
  }

  @Post('faults/clear')
  clearFaults(@Res() response: Response): void {
    this.switchboard.clear();
    seeOther(response, '/faults');
  }

  @Get('clock')
  clock(@Res() response: Response): void {
    const waiting = [...this.sandbox.store.submissions.values()].filter((record) => !record.completedAt);
    this.frame.send(response, 'clock', '/clock', {
      waiting: waiting.length,
      settleAfter: this.sandbox.settings.settleAfter,
    });
  }

  @Post('clock/travel')
  travel(@Call() call: SandboxCall, @Res() response: Response): void {
    this.trying(() => this.sandbox.clock.travel(call.body['to'] ?? ''));
    this.worker.run();
    seeOther(response, '/clock');
  }

  @Post('clock/settle')
  settle(@Res() response: Response): void {
    this.worker.run(true);
    seeOther(response, '/clock');
  }

  @Post('actions/:id')
  decide(@Param('id') id: string, @Call() call: SandboxCall, @Res() response: Response): void {
    const action = this.sandbox.store.action(id);
    const decision = call.body['decision'] ?? '';
    if (!action) throw new VendorError(404, 'There is no such action.');
    if (!DECISIONS.includes(decision)) throw new VendorError(400, 'There is no such decision.');
    this.office.decide(action, decision as OfficeDecision);
    seeOther(response, `/actions/${id}`);
  }

  private showStart(
    response: Response,
    data: { link?: string; problem?: string; form?: SandboxCall['body'] },
  ): void {
    const { partners, programs } = this.sandbox.settings;
    this.frame.send(response, 'start', '/', {
      link: '',
      problem: '',
      ...data,
      form: { landingUrl: programs[0]?.landingUrl ?? `${this.sandbox.url}/landing`, ...data.form },
      partners,
      environment: environmentLines(this.sandbox),
      counts: {
        clicks: this.sandbox.store.clicks.size,
        submissions: this.sandbox.store.submissions.size,
        actions: this.sandbox.store.actions().length,
        requests: this.sandbox.store.requests().length,
        faults: this.switchboard.list().length,
      },
    });
  }

  /** A wrong entry in a form is a 400 with its words, never a stack. */
  private trying(change: () => void): void {
    try {
      change();
    } catch (error) {
      if (error instanceof SandboxError) throw new VendorError(400, error.message);
      throw error;
    }
  }
}

const seeOther = (response: Response, to: string): void => {
  response.status(303).setHeader('Location', to).end();
};
