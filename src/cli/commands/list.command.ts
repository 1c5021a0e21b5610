import { InvalidArgumentError } from 'commander';
import { type ConversionState, STATES } from '../../ledger/index.js';
import { OverviewService, type SaleLine } from '../../operations/index.js';
import type { CommandRegistration } from '../command.context.js';
import { minute, table } from '../layout.rules.js';
import { wholeNumber } from '../option.readers.js';

interface ListOptions {
  readonly state?: ConversionState;
  readonly limit: number;
  readonly after?: string;
}

/** `list`: sales, newest first, a page at a time. */
export const listCommand: CommandRegistration = (program, context) => {
  program
    .command('list')
    .summary('sales, by state')
    .description(`Sales, newest first. States:\n${STATES.join(', ')}`)
    .option('--state <state>', 'only those in this state', stateOf)
    .option('--limit <rows>', 'how many, 1 to 500', wholeNumber(1, 500), 50)
    .option('--after <place>', 'go on where the last page ended')
    .action(
      context.does(async (options: ListOptions) =>
        context.withApp(async (app) => {
          const page = await app.get(OverviewService).list(options);
          const { width } = context.output;
          return {
            data: page,
            lines: [
              ...(page.sales.length === 0 ? ['No sales.'] : table(COLUMNS, page.sales.map(rowOf), width)),
              ...(page.next === null ? [] : ['', `More: --after ${page.next}`]),
            ],
          };
        }),
      ),
    );
};

const COLUMNS = [
  { title: 'order', gives: true },
  { title: 'state' },
  { title: 'amount', right: true },
  { title: 'paid (UTC)' },
  { title: 'partner' },
  { title: 'why' },
] as const;

const rowOf = ({ orderId, state, amount, currency, eventAt, partnerId, problems, reasonCodes }: SaleLine) => [
  orderId,
  state,
  `${amount} ${currency}`,
  minute(eventAt),
  partnerId ?? '-',
  [...reasonCodes, ...problems].join(' '),
];

function stateOf(text: string): ConversionState {
  const state = STATES.find((each) => each === text.toUpperCase().replace('-', '_'));
  if (state === undefined) throw new InvalidArgumentError(`Give one of: ${STATES.join(', ')}.`);
  return state;
}
