import { isEmailAddress, withoutEmailAddresses } from './customer.email.js';
import { describeValue, type Findings } from './sale.findings.js';
import { cutText, hasUnprintable, isLongerThan, toOneLine } from './text.rules.js';

/** Free text is only looked at this far before it is cut to its real limit. */
const LOOKED_AT = 2048;

/** An id: trimmed, never cut or cleaned, because changed it would name something else. Empty is absent. */
export function readIdentifier(
  value: unknown,
  path: string,
  most: number,
  findings: Findings,
): string | null {
  if (typeof value !== 'string') {
    findings.refuse(
      path,
      'wrong-type',
      `must be a text; got ${describeValue(value)}`,
      'Give it as a string, for example String(id).',
    );
    return null;
  }
  const text = value.trim();
  if (text === '') return null;
  if (isLongerThan(text, most)) {
    findings.refuse(
      path,
      'too-long',
      `has more than ${most} characters`,
      'Give a shorter id, or a hash of it.',
    );
    return null;
  }
  if (hasUnprintable(text)) {
    findings.refuse(
      path,
      'control-characters',
      'holds control characters or broken Unicode',
      'Remove them where the id is made.',
    );
    return null;
  }
  return text;
}

/** An id that must not tell who the person is. */
export function readPseudonym(value: unknown, path: string, most: number, findings: Findings): string | null {
  const text = readIdentifier(value, path, most, findings);
  if (text === null || !isEmailAddress(text)) return text;
  findings.refuse(
    path,
    'personal-data',
    'is an e-mail address, which must not be used as an id',
    "Give the shop's own id or a hash; an e-mail address goes to customer.email, where it is hashed.",
  );
  return null;
}

/** Descriptive text: cleaned and cut with a note, because a long name is no reason to lose a sale. */
export function readText(value: unknown, path: string, most: number, findings: Findings): string | null {
  if (typeof value !== 'string') {
    findings.refuse(
      path,
      'wrong-type',
      `must be a text; got ${describeValue(value)}`,
      'Give it as a string.',
    );
    return null;
  }
  const near = cutText(value, LOOKED_AT);
  const line = hasUnprintable(near) ? toOneLine(near) : near.trim();
  if (line !== near.trim())
    findings.note(path, 'cleaned', 'control characters and line breaks became spaces.');
  const clean = withoutEmailAddresses(line);
  if (clean !== line) findings.note(path, 'personal-data', 'held an e-mail address, which was taken out.');
  const cut = cutText(clean, most).trimEnd();
  if (cut.length < clean.length || near.length < value.length) {
    findings.note(path, 'cut', `was cut to the ${most} characters that impact.com takes.`);
  }
  return cut === '' ? null : cut;
}
