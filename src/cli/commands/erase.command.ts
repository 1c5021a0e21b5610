import { type ActedBy, type Erasure, PrivacyService } from '../../operations/index.js';
import { CliUsageError } from '../cli.errors.js';
import type { CommandRegistration } from '../command.context.js';
import { pairs } from '../layout.rules.js';
import { byOption, whyOption } from '../option.readers.js';

interface EraseOptions extends ActedBy {
  readonly customer?: string;
  readonly email?: string;
}

/** `erase`: what a customer may ask for. The id that was given is not repeated. */
export const eraseCommand: CommandRegistration = (program, context) => {
  program
    .command('erase')
    .summary('takes a customer out of every table')
    .description(
      'Takes a customer out of every table; what concerns money stays (docs/privacy.md).\n' +
        'It cannot be undone. impact.com keeps what was sent: ask them as well.',
    )
    .option('--customer <id>', 'the customer id that the shop gave')
    .option('--email <address>', 'also the sales that were recorded with this address')
    .addOption(byOption())
    .addOption(whyOption())
    .action(
      context.does(async ({ customer, email, by, why }: EraseOptions) => {
        if (customer === undefined && email === undefined) {
          throw new CliUsageError('Nobody was named. Give --customer <id>, --email <address>, or both.');
        }
        return context.withApp(async (app) => {
          const who = {
            ...(customer === undefined ? {} : { customer }),
            ...(email === undefined ? {} : { email }),
          };
          const erased = await app.get(PrivacyService).eraseCustomer(who, { by, why });
          return { data: erased, lines: linesOf(erased, context.output.width) };
        });
      }),
    );
};

function linesOf(erased: Erasure, width: number): string[] {
  const rows: (readonly [string, number])[] = [
    ['sales', erased.conversions],
    ['corrections', erased.corrections],
    ['lines of story', erased.story],
    ['clicks', erased.clicks],
    ['ties to clicks', erased.clickLinks],
    ['calls that are not made', erased.deliveries],
  ];
  const found = rows.filter(([, count]) => count > 0);
  if (found.length === 0) return ['Nothing was stored about this customer.'];
  return [
    'Erased from:',
    ...pairs(
      found.map(([name, count]) => [name, String(count)] as const),
      width,
    ),
    ...(erased.inFlight > 0 ? [`Calls under way at this moment, made as they were: ${erased.inFlight}`] : []),
  ];
}
