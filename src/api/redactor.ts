import type { ApiParameter } from './api.model.js';

/** Parameters whose values are about a person, or free text in which a shop may have put anything. */
const PERSONAL =
  /^(?:Customer(?!Status$)|CustomProfileId|IpAddress|Phone|CallerId|UserAgent|GoogAId|AndroidId|AppleIf|Latitude|Longitude|Note$|Text\d|ItemText)/i;

/** Shorter values say nothing about a person, and masking them would garble every word that holds them. */
const SHORTEST_PERSONAL = 3;

/** No message of the vendor needs more; what lies behind it is dropped before anything is searched. */
const LONGEST_READ = 4000;

const EMAIL = /[^\s@"'<>()[\],;:=&?/\\|]{1,128}(?:@|%40|&#64;)[^\s@"'<>()[\],;:=&?/\\|]{1,255}/gi;
const CREDENTIALS = /\b(Basic|Bearer)(\s+|%20|\+)[\w+/=.~%-]+/gi;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

export interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
}

/**
 * Masks, in texts that the vendor wrote, what must not reach a log: our credentials in every spelling,
 * e-mail addresses, and the personal values of the request that they answer. Control characters go too,
 * so that no text can forge a log line.
 */
export function createRedactor(
  { accountSid, authToken }: Credentials,
  sent: readonly ApiParameter[] = [],
): (text: string) => string {
  const secrets = [authToken, `${accountSid}:${authToken}`].flatMap((secret) => {
    const base64 = Buffer.from(secret, 'utf8').toString('base64');
    return [
      secret,
      encodeURIComponent(secret),
      base64,
      base64.replace(/=+$/, ''),
      encodeURIComponent(base64),
    ];
  });
  const masks: [string, string][] = [
    ...(authToken === '' ? [] : secrets.map((secret): [string, string] => [secret, '[secret]'])),
    ...sent
      .filter(([name, value]) => PERSONAL.test(name) && value.trim().length >= SHORTEST_PERSONAL)
      .flatMap(([name, value]): [string, string][] => [
        [value.trim(), `[${name}]`],
        [encodeURIComponent(value.trim()), `[${name}]`],
        // As the form body had it.
        [encodeURIComponent(value.trim()).replaceAll('%20', '+'), `[${name}]`],
      ]),
  ];
  masks.sort(([a], [b]) => b.length - a.length);

  return (text) => {
    let shown = text.length > LONGEST_READ ? text.slice(0, LONGEST_READ).replace(/\S*$/, '…') : text;
    shown = shown.replaceAll(CREDENTIALS, '$1 [secret]');
    for (const [value, mask] of masks) shown = replaceIgnoringCase(shown, value, mask);
    return shown.replaceAll(EMAIL, '[e-mail]').replaceAll(CONTROL, ' ').trim();
  };
}

function replaceIgnoringCase(text: string, value: string, mask: string): string {
  const pattern = new RegExp(value.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), 'gi');
  return text.replaceAll(pattern, () => mask);
}
