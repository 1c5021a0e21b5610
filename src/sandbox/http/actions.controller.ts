import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { isVisible, stateOf } from '../rules/action.rules.js';
import { ActionPrinter } from '../rules/action.view.js';
import { envelopeOf, inside, pageOf, readListing, type ListingQuery } from '../rules/listing.rules.js';
import type { ActionRecord } from '../state/action.record.js';
import { Sandbox } from '../state/sandbox.state.js';
import { ApiGuard } from './api.guard.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorAnswer, VendorError, type Fields } from './vendor.answer.js';

/** Reads of actions (docs/vendor-contract.md §5.1 to §5.3). */
@Controller('Advertisers/:sid')
@UseGuards(ApiGuard)
export class ActionsController {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  @Get('Actions')
  list(@Call() call: SandboxCall): VendorAnswer {
    const printer = this.printer();
    return this.listing(
      call,
      'Actions',
      (query, now) => {
        const rows = this.matching(query, now, (action) => inside(action.updatedAt, query.updated));
        return this.sandbox.store.inOrder
          ? rows.toReversed()
          : newestFirst(rows, (action) => action.createdAt);
      },
      (action) => printer.action(action),
    );
  }

  @Get('Actions/:id')
  one(@Param('id') id: string): VendorAnswer {
    return VendorAnswer.record('Action', this.printer().action(this.find(id)));
  }

  @Get('Actions/:id/Items')
  items(@Param('id') id: string, @Call() call: SandboxCall): VendorAnswer {
    const rows = this.printer().items(this.find(id));
    const paging = { page: 1, pageSize: Math.max(rows.length, 1) };
    const page = { rows, total: rows.length, pages: 1 };
    return VendorAnswer.list(envelopeOf(call.path, call.query, paging, page), 'ActionItems', rows);
  }

  @Get('Actions/:id/Items/:sku')
  item(@Param('id') id: string, @Param('sku') sku: string): VendorAnswer {
    const item = this.printer()
      .items(this.find(id))
      .find((row) => row['Sku'] === sku);
    if (!item) throw new VendorError(404, 'No such item');
    return VendorAnswer.record('ActionItem', item);
  }

  @Get('ActionUpdates')
  updates(@Call() call: SandboxCall): VendorAnswer {
    const printer = this.printer();
    return this.listing(
      call,
      'ActionUpdates',
      (query, now) => {
        const rows = this.matching(query, now, () => true).flatMap((action) =>
          action.history
            .filter((entry) => inside(entry.at, query.updated))
            .map((entry) => ({ action, entry })),
        );
        return newestFirst(rows, ({ entry }) => entry.at);
      },
      ({ action, entry }) => printer.update(action, entry),
    );
  }

  @Get('ActionUpdates/:id')
  update(@Param('id') id: string): VendorAnswer {
    const action = this.find(id.split('.').slice(0, 3).join('.'));
    const entry = action.history.find((change) => change.id === id);
    if (!entry) throw new VendorError(404, 'No such action update');
    return VendorAnswer.record('ActionUpdate', this.printer().update(action, entry));
  }

  /** Newest created first. Only the rows of the page are printed. */
  private listing<Row>(
    call: SandboxCall,
    key: string,
    select: (query: ListingQuery, now: Date) => readonly Row[],
    print: (row: Row) => Fields,
  ): VendorAnswer {
    const now = this.sandbox.clock.now();
    const read = readListing(call.query, this.sandbox.settings.pageSize, now);
    if ('problems' in read) throw VendorError.validation(read.problems);
    const rows = select(read.query, now);
    const page = pageOf(rows, read.query);
    if (page === 'too-large') {
      throw VendorError.validation([
        {
          field: 'PageSize',
          message: `${rows.length} records are more than 10 pages of ${read.query.pageSize}`,
        },
      ]);
    }
    return VendorAnswer.list(envelopeOf(call.path, call.query, read.query, page), key, page.rows.map(print));
  }

  private matching(query: ListingQuery, now: Date, more: (action: ActionRecord) => boolean): ActionRecord[] {
    return this.sandbox.store
      .actions()
      .filter(
        (action) =>
          this.isListed(action, now) &&
          action.programId === query.programId &&
          (query.state === null || stateOf(action, now) === query.state) &&
          inside(action.eventDate, query.eventDate) &&
          inside(action.lockingDate, query.locking) &&
          more(action),
      );
  }

  private isListed(action: ActionRecord, now: Date): boolean {
    return isVisible(action, now) && !(action.test && this.sandbox.settings.testActions === 'apart');
  }

  private find(id: string): ActionRecord {
    const action = this.sandbox.store.action(id);
    if (!action || !isVisible(action, this.sandbox.clock.now())) throw new VendorError(404, 'No such action');
    return action;
  }

  private printer(): ActionPrinter {
    return new ActionPrinter(this.sandbox.settings, this.sandbox.clock.now());
  }
}

/** Rows of one moment keep the reverse order of their creation. */
const newestFirst = <Row>(rows: readonly Row[], at: (row: Row) => Date): Row[] =>
  rows.toReversed().toSorted((left, right) => at(right).getTime() - at(left).getTime());
