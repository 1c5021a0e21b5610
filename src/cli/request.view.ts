/** Parameters about a person, and free text in which a shop may have put anything. */
const PERSONAL =
  /^(?:Customer(?!Status$)|CustomProfileId|IpAddress|Phone|CallerId|UserAgent|GoogAId|AndroidId|AppleIf|Latitude|Longitude|Note|Text\d|ItemText|Uniq)/i;

/** What was sent, as it may stand in a terminal, a ticket or a chat: the customer's own values are only named. */
export const withoutPerson = (
  request: readonly (readonly [name: string, value: string])[],
): (readonly [name: string, value: string])[] =>
  request.map(([name, value]) =>
    PERSONAL.test(name) || name === 'understood' ? [name, '[not shown]'] : [name, value],
  );
