import { CliUsageError } from '../cli.errors.js';

/** The partners that every sandbox has unless it is told otherwise (docs/sandbox.md). */
const PARTNER = '1234501';
const TEST_PARTNER = '1234599';

/**
 * Asks a running sandbox for a tracking link, as its own start page does.
 *
 * @param test a link of the test partner.
 * @throws CliUsageError when it is no sandbox, or does not make one.
 */
export async function sandboxLink(
  baseUrl: string,
  {
    landing,
    partner,
    test,
  }: { readonly landing: string; readonly partner: string | null; readonly test: boolean },
): Promise<string> {
  const partnerId = partner ?? (test ? TEST_PARTNER : PARTNER);
  const help = 'Give --link with a tracking link.';
  let page: string;
  try {
    const answer = await fetch(new URL('/links', baseUrl), {
      method: 'POST',
      body: new URLSearchParams({ partnerId, landingUrl: landing }),
      signal: AbortSignal.timeout(10_000),
    });
    page = await answer.text();
  } catch {
    throw new CliUsageError(`The sandbox did not answer. Start it with nestjs-impact sandbox. ${help}`);
  }
  const link = /class="copy wrap">([^<]+)</.exec(page)?.[1];
  if (link === undefined)
    throw new CliUsageError(`The sandbox made no link for partner ${partnerId} to that page. ${help}`);
  return link.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
}
