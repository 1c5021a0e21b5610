import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { stylesheet } from '../../pages/index.js';
import { VendorError } from '../http/vendor.answer.js';
import { ActionPrinter } from '../rules/action.view.js';
import { submissionView } from '../rules/submission.view.js';
import { Sandbox } from '../state/sandbox.state.js';
import { PageFrame, ROWS_SHOWN } from './page.frame.js';

/** The pages that only show. */
@Controller()
export class ListsController {
  constructor(
    @Inject(Sandbox) private readonly sandbox: Sandbox,
    @Inject(PageFrame) private readonly frame: PageFrame,
  ) {}

  @Get('pages.css')
  style(@Res() response: Response): void {
    response.type('text/css').send(stylesheet());
  }

  @Get('landing')
  landing(@Query() parameters: Record<string, string>, @Res() response: Response): void {
    this.frame.send(response, 'landing', null, { parameters: Object.entries(parameters) });
  }

  @Get('clicks')
  clicks(@Res() response: Response): void {
    const all = [...this.sandbox.store.clicks.values()];
    this.frame.send(response, 'clicks', '/clicks', { total: all.length, clicks: newest(all) });
  }

  @Get('submissions')
  submissions(@Res() response: Response): void {
    const now = this.sandbox.clock.now();
    const all = [...this.sandbox.store.submissions.values()];
    this.frame.send(response, 'submissions', '/submissions', {
      total: all.length,
      submissions: newest(all).map((record) => submissionView(record, now)),
    });
  }

  @Get('submissions/:id')
  submission(@Param('id') id: string, @Res() response: Response): void {
    const record = this.sandbox.store.submissions.get(id);
    if (!record) throw new VendorError(404, 'There is no such submission.');
    this.frame.send(response, 'submission', '/submissions', {
      submission: submissionView(record, this.sandbox.clock.now()),
    });
  }

  @Get('actions')
  actions(@Res() response: Response): void {
    const printer = this.printer();
    const all = this.sandbox.store.actions();
    this.frame.send(response, 'actions', '/actions', {
      total: all.length,
      actions: newest(all).map((action) => printer.view(action)),
    });
  }

  @Get('actions/:id')
  action(@Param('id') id: string, @Res() response: Response): void {
    const action = this.sandbox.store.action(id);
    if (!action) throw new VendorError(404, 'There is no such action.');
    this.frame.send(response, 'action', '/actions', { action: this.printer().view(action) });
  }

  @Get('requests')
  requests(@Res() response: Response): void {
    const all = this.sandbox.store.requests();
    this.frame.send(response, 'requests', '/requests', { total: all.length, requests: newest(all) });
  }

  private printer(): ActionPrinter {
    return new ActionPrinter(this.sandbox.settings, this.sandbox.clock.now());
  }
}

const newest = <T>(rows: readonly T[]): T[] => rows.slice(-ROWS_SHOWN).toReversed();
