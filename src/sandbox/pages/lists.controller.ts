import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { stylesheet } from '../../pages/index.js';
import { VendorError } from '../http/vendor.answer.js';
import { isVisible } from '../rules/action.rules.js';
import { ActionPrinter } from '../rules/action.view.js';
import { submissionView } from '../rules/submission.view.js';
import { timelineOf } from '../rules/timeline.rules.js';
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
  submissions(@Query('order') order: unknown, @Res() response: Response): void {
    const now = this.sandbox.clock.now();
    const all = ofOrder([...this.sandbox.store.submissions.values()], order);
    this.frame.send(response, 'submissions', '/submissions', {
      total: all.length,
      order: textOf(order),
      lost: new Set(all.filter(({ lost }) => lost).map(({ id }) => id)),
      submissions: newest(all).map((record) => submissionView(record, now)),
    });
  }

  @Get('submissions/:id')
  submission(@Param('id') id: string, @Res() response: Response): void {
    const record = this.sandbox.store.submissions.get(id);
    if (!record) throw new VendorError(404, 'There is no such submission.');
    this.frame.send(response, 'submission', '/submissions', {
      submission: submissionView(record, this.sandbox.clock.now()),
      lost: record.lost && record.completedAt !== null,
    });
  }

  @Get('actions')
  actions(@Query('order') order: unknown, @Res() response: Response): void {
    const printer = this.printer();
    const all = ofOrder(this.sandbox.store.actions(), order);
    this.frame.send(response, 'actions', '/actions', {
      total: all.length,
      order: textOf(order),
      actions: newest(all).map((action) => printer.view(action)),
    });
  }

  @Get('actions/:id')
  action(@Param('id') id: string, @Res() response: Response): void {
    const action = this.sandbox.store.action(id);
    if (!action) throw new VendorError(404, 'There is no such action.');
    const { store, clock, settings } = this.sandbox;
    const now = clock.now();
    const printer = this.printer();
    this.frame.send(response, 'action', '/actions', {
      action: printer.view(action),
      hidden: !isVisible(action, now),
      timeline: timelineOf(action, settings.clearingAfter, now),
      submissions: [...store.submissions.values()]
        .filter((record) => record.actionId === id || record.id === action.submissionId)
        .map((record) => submissionView(record, now)),
      siblings: store
        .actionsOf(action.orderId)
        .filter((other) => other !== action)
        .map((other) => printer.view(other)),
    });
  }

  @Get('requests')
  requests(@Res() response: Response): void {
    const all = this.sandbox.store.requests();
    this.frame.send(response, 'requests', '/requests', {
      total: all.length,
      requests: newest(all),
      calls: [...this.sandbox.store.callCounts()],
    });
  }

  private printer(): ActionPrinter {
    return new ActionPrinter(this.sandbox.settings, this.sandbox.clock.now());
  }
}

const newest = <T>(rows: readonly T[]): T[] => rows.slice(-ROWS_SHOWN).toReversed();

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function ofOrder<T extends { readonly orderId: string }>(rows: readonly T[], order: unknown): readonly T[] {
  const wanted = textOf(order);
  return wanted === '' ? rows : rows.filter(({ orderId }) => orderId === wanted);
}
