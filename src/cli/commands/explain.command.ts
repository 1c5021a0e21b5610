import { ConversionService } from '../../conversions/index.js';
import type { ConversionStory, ExplainedCorrection } from '../../ledger/index.js';
import type { CommandRegistration } from '../command.context.js';
import { minute, pairs, plain, wrap } from '../layout.rules.js';
import type { Output } from '../output.js';
import { withoutPerson } from '../request.view.js';
import { stateColour } from '../state.colours.js';

/** `explain`: where is order 1042, and what is to be done? */
export const explainCommand: CommandRegistration = (program, context) => {
  program
    .command('explain')
    .summary('everything that became of one sale')
    .description('Everything that became of one sale, in words, and what a person can do about it.')
    .argument('<order>', 'order id, as it was recorded')
    .option('--request', 'also what was sent, without what concerns the customer')
    .action(
      context.does(async (order: string, { request = false }: { request?: boolean }) =>
        context.withApp(async (app) => {
          const story = await app.get(ConversionService).explain(order);
          const sent = withoutPerson(story.request);
          return {
            data: { ...story, request: sent },
            lines: [
              ...linesOf(story, context.output),
              ...(request ? requestLines(sent, context.output) : []),
            ],
          };
        }),
      ),
    );
};

function linesOf(story: ConversionStory, output: Output): string[] {
  const { conversion: sale, attribution, lines, corrections, reasons, advice } = story;
  const { width } = output;
  const facts: (readonly [string, string | null])[] = [
    ['amount', `${sale.amount} ${sale.currency}`],
    [
      'credited',
      sale.actionAmount === null ? null : `${sale.actionAmount} ${sale.actionCurrency ?? ''}`.trim(),
    ],
    ['payout', sale.payout === null ? null : `${sale.payout} ${sale.actionCurrency ?? ''}`.trim()],
    ['partner', sale.partnerId],
    ['action', sale.actionId],
    ['submission', sale.submissionId],
    ['locks', sale.lockingDate === null ? null : `${minute(sale.lockingDate)} UTC`],
    ['cleared', sale.clearedAt === null ? null : `${minute(sale.clearedAt)} UTC`],
    ['click', attribution],
  ];
  return [
    `${output.paint('bold', plain(sale.orderId))}  ${output.paint(stateColour(sale.state), sale.state)}`,
    ...pairs(
      facts.filter((fact): fact is readonly [string, string] => fact[1] !== null),
      width,
    ),
    '',
    ...lines.flatMap(({ at, words }) => [
      output.paint('dim', `${minute(at)} UTC`),
      ...wrap(plain(words), width - 2).map((line) => `  ${line}`),
    ]),
    ...correctionLines(corrections, output),
    ...reasons.flatMap(({ code, means, advice: what }) => wrap(plain(`${code}: ${means} ${what}`), width, 2)),
    ...(advice === null ? [] : ['', ...wrap(plain(`What to do: ${advice}`), width, 2)]),
    ...commandFor(story).flatMap((command) =>
      wrap(plain(`  ${command}`), width - 2, 2).map((line) => `  ${line}`),
    ),
  ];
}

/** The command that goes with the advice. */
function commandFor({
  conversion: { state, orderId, submissionId },
  lines,
  corrections,
}: ConversionStory): string[] {
  const act = '--by <who> --why <reason>';
  const claims = corrections
    .filter(({ openClaim }) => openClaim)
    .map(({ id }) => `nestjs-impact claims settle ${id} ${act}`);
  const refused =
    state === 'UNDELIVERABLE' && submissionId === null && lines.some(({ what }) => what === 'refused');
  if (refused) return [`nestjs-impact retry ${orderId} ${act}`, ...claims];
  return state === 'DRY_RUN' ? [`nestjs-impact release --order ${orderId} ${act}`, ...claims] : claims;
}

function correctionLines(corrections: readonly ExplainedCorrection[], output: Output): string[] {
  if (corrections.length === 0) return [];
  return [
    '',
    output.paint('bold', 'Corrections'),
    ...corrections.flatMap(({ key, kind, state, words, problems, openClaim }) => {
      const claim = openClaim ? ' An open claim.' : '';
      return wrap(
        plain(`- ${key} (${kind}, ${state}): ${[words, ...problems].join(' ')}${claim}`),
        output.width,
        2,
      );
    }),
  ];
}

const requestLines = (request: readonly (readonly [string, string])[], output: Output): string[] => [
  '',
  output.paint('bold', 'Request'),
  ...pairs(request, output.width),
];
