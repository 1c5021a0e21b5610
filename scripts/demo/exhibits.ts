import type { SandboxAction, SandboxRequest, SandboxSubmission } from 'nestjs-impact/sandbox';
import type { Hop } from './browser.js';
import { CLICK_COOKIE } from './shoppers.js';
import type { Terminal } from './terminal.js';

/** The way from a partner's link to the shop's page. */
export function showHops(terminal: Terminal, hops: readonly Hop[]): void {
  for (const [index, { url, status, location, cookies }] of hops.entries()) {
    const click = cookies.filter((cookie) => cookie.startsWith(`${CLICK_COOKIE}=`));
    terminal.pairs([
      ['GET', index === 0 ? url : `${new URL(url).pathname}?…`],
      [String(status), location === null ? 'the page' : `Location: ${location}`],
      ...click.map((cookie): [string, string] => ['', `Set-Cookie: ${cookie}`]),
    ]);
  }
}

export function showRequest(terminal: Terminal, request: SandboxRequest, accountSid: string): void {
  terminal.heading('The request, as it was sent');
  showCall(terminal, request, accountSid);
}

export function showCorrection(terminal: Terminal, request: SandboxRequest, accountSid: string): void {
  terminal.heading('The correction, as it was sent: what is left, never a difference');
  showCall(terminal, request, accountSid);
}

/** The sandbox keeps no credentials; the account's id is shortened as well. */
function showCall(
  terminal: Terminal,
  { method, path, contentType, parameters, status }: SandboxRequest,
  accountSid: string,
): void {
  terminal.say(`${method} ${path.replace(accountSid, `${accountSid.slice(0, 4)}…`)}`);
  terminal.say(`Authorization: Basic ••••••••`);
  terminal.say(`Content-Type: ${contentType}`);
  terminal.pairs(Object.entries(parameters), 5);
  terminal.say(`Answer: ${status ?? 'none'}`);
}

export function showSubmission(terminal: Terminal, submission: SandboxSubmission): void {
  terminal.heading('The submission');
  terminal.pairs([
    ['id', submission.id],
    ['status', `${submission.status}, attributed by ${submission.attributedBy ?? 'nobody'}`],
    ['errors', submission.reasonCodes.join(', ') || 'none'],
    ['ignored parameters', submission.ignoredParameters.join(', ') || 'none'],
  ]);
}

export function showAction(terminal: Terminal, action: SandboxAction): void {
  terminal.heading('The action');
  terminal.pairs([
    ['id', `${action.id}, ${action.state}`],
    ['partner', `${action.partnerId} ${action.partnerName}`],
    ['amount', `${action.amount} ${action.currency}, payout ${action.payout}`],
    ...action.items.map(({ sku, quantity, amount }): [string, string] => [
      `${quantity} × ${sku}`,
      `${amount}, after every discount`,
    ]),
    ['locks', action.lockingDate.toISOString().slice(0, 10)],
  ]);
}
