const LONGEST_SHOWN = 80;

/** Options whose value is never shown, not even in part. */
const SECRET_OPTIONS = new Set(['authToken', 'postbacks.secret']);

/** Long runs of letters and digits without a gap: what keys and tokens look like, wherever they were pasted. */
const CREDENTIAL_LIKE = /[A-Za-z0-9_~+/=-]{20,}/g;
const USER_INFO = /[^\s/?#]*@/g;

const length = (text: string): string => `${text.length} character${text.length === 1 ? '' : 's'}`;

/** A value as a message may show it: no secret, nothing that looks like one, not too long. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'not set';
    case 'string':
      return shownText(value);
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

function shownText(text: string): string {
  const masked = text
    .replaceAll(USER_INFO, '…@')
    .replaceAll(CREDENTIAL_LIKE, (run) => (/\d|[a-z][A-Z]/.test(run) ? `…(${length(run)})` : run));
  return masked.length > LONGEST_SHOWN
    ? `"${masked.slice(0, LONGEST_SHOWN)}…" (${length(text)})`
    : `"${masked}"`;
}

/** The same for a named option, which may be secret whatever its value looks like. */
export function shownOption(option: string, value: unknown): string {
  if (typeof value !== 'string')
    return SECRET_OPTIONS.has(option) && value !== undefined
      ? Array.isArray(value)
        ? 'a list'
        : `a ${typeof value}`
      : shown(value);
  if (SECRET_OPTIONS.has(option)) return maskedSecret(value);
  if (option === 'accountSid') return shownAccountSid(value);
  return shown(value);
}

/** Says that a secret is there without saying anything of it. */
export function maskedSecret(text: string): string {
  return text === '' ? 'empty text' : `set, ${length(text)}`;
}

/** Four characters of what begins like an account id; of anything else nothing: it may be a token in the wrong place. */
function shownAccountSid(text: string): string {
  if (text === '') return 'empty text';
  if (/^IR[A-Za-z0-9]{8}/.test(text)) return `"${text.slice(0, 4)}…" (${length(text)})`;
  return `set, ${length(text)} (not shown: it may be a secret in the wrong place)`;
}
