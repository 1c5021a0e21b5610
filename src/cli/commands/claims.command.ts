import type { Claim } from '../../ledger/index.js';
import { ClaimService } from '../../verdicts/index.js';
import type { CommandRegistration } from '../command.context.js';
import { counted, minute, plain, wrap } from '../layout.rules.js';
import { byOption, whyOption } from '../option.readers.js';
import type { Output } from '../output.js';

/** `claims`: what no call can put right any more. */
export const claimsCommand: CommandRegistration = (program, context) => {
  const claims = program
    .command('claims')
    .summary('what is to be settled with partners')
    .description('Corrections that came too late for a call: to be settled with the partner.')
    .option('--all', 'settled ones too')
    .action(
      context.does(async ({ all = false }: { all?: boolean }) =>
        context.withApp(async (app) => {
          const found = await app.get(ClaimService).list(all ? {} : { open: true });
          return {
            data: { claims: found },
            lines:
              found.length === 0 ? ['No claims.'] : found.flatMap((claim) => linesOf(claim, context.output)),
          };
        }),
      ),
    );
  claims
    .command('settle')
    .description('Says that a claim was settled with the partner or impact.com. Nothing is called.')
    .argument('<id>', 'id of the claim')
    .addOption(byOption())
    .addOption(whyOption())
    .action(
      context.does(async (id: string, act: { by: string; why: string }) =>
        context.withApp(async (app) => {
          await app.get(ClaimService).settle(id, act);
          const open = await app.get(ClaimService).list({ open: true });
          return {
            data: { settled: id, open: open.length },
            lines: [`Settled. ${counted(open.length, 'claim')} open.`],
          };
        }),
      ),
    );
};

function linesOf(claim: Claim, output: Output): string[] {
  const {
    id,
    orderId,
    key,
    partnerId,
    shown,
    wanted,
    currency,
    amount,
    payout,
    openedAt,
    settledAt,
    settledBy,
  } = claim;
  const money = (value: string | null): string =>
    value === null ? 'unknown' : `${value} ${currency ?? ''}`.trim();
  const settled =
    settledAt === null ? 'open' : `settled ${minute(settledAt)} UTC by ${settledBy?.by}: ${settledBy?.why}`;
  return [
    `${output.paint('bold', plain(orderId))}  ${plain(key)}  ${plain(settled)}`,
    `  id ${id}, since ${minute(openedAt)} UTC`,
    ...wrap(
      plain(
        `${claim.why} Partner ${partnerId ?? 'unknown'}: action ${claim.actionId} shows ${money(shown)} and should show ` +
          `${money(wanted)}, ${money(amount)} too much; of its payout ${money(payout)}.`,
      ),
      output.width - 2,
    ).map((line) => `  ${line}`),
    '',
  ];
}
