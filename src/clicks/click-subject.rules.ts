import { isEmailAddress } from '../wire/index.js';
import { InvalidSubjectError } from './click.errors.js';
import type { ClickSubject } from './click.model.js';

export type SubjectKind = 'order' | 'customer' | 'subscription';

export interface SubjectLink {
  readonly kind: SubjectKind;
  readonly subject: string;
}

const KINDS: readonly SubjectKind[] = ['order', 'subscription', 'customer'];
const LONGEST = 255;
/** Also an intranet's: as a customer it is a person, as an order id it may be a shop's own notation. */
const E_MAIL = /^[^\s@]+@[^\s@]+$/;

/**
 * The ties that a subject asks for, strongest first.
 *
 * @throws InvalidSubjectError when there is none, when an id is empty or longer than 255 characters, and
 * when one is named by an e-mail address. The id itself is never repeated in the message.
 */
export function subjectLinks(subject: ClickSubject): SubjectLink[] {
  const links = namedIn(subject).map(([kind, value]): SubjectLink => {
    const id = subjectId(kind, value);
    if ('problem' in id) throw new InvalidSubjectError(id.problem);
    return { kind, subject: id.subject };
  });
  if (links.length > 0) return links;
  throw new InvalidSubjectError(
    'A click can be tied to an order, a customer or a subscription, and none was given. ' +
      'Pass at least one of { order, customer, subscription }.',
  );
}

/** The same for reading: a subject that cannot have been tied is passed over, so that no sale fails because of it. */
export function readableLinks(subject: ClickSubject): SubjectLink[] {
  return namedIn(subject).flatMap(([kind, value]): SubjectLink[] => {
    const id = subjectId(kind, value);
    return 'problem' in id ? [] : [{ kind, subject: id.subject }];
  });
}

const namedIn = (subject: ClickSubject): [SubjectKind, unknown][] =>
  KINDS.map((kind): [SubjectKind, unknown] => [kind, subject[kind]]).filter(
    ([, value]) => value !== undefined && value !== null,
  );

function subjectId(kind: SubjectKind, value: unknown): { subject: string } | { problem: string } {
  if (typeof value !== 'string' || value.trim() === '') {
    const got = typeof value === 'string' ? 'an empty one' : `a value of type ${typeof value}`;
    return {
      problem:
        `The ${kind} that a click is tied to must be a non-empty string, and ${got} was given. ` +
        `Pass the shop's own id of the ${kind} as a string.`,
    };
  }
  // MySQL ignores trailing spaces when it compares.
  const subject = value.trim();
  if (subject.length > LONGEST) {
    return {
      problem:
        `The ${kind} that a click is tied to has ${subject.length} characters, and ${LONGEST} are the most. ` +
        `Pass the shop's own id of the ${kind}.`,
    };
  }
  if (isEmailAddress(subject) || (kind === 'customer' && E_MAIL.test(subject))) {
    return {
      problem:
        `The ${kind} that a click is tied to is an e-mail address, and addresses are not stored. ` +
        `Pass the shop's own ${kind} id.`,
    };
  }
  return { subject };
}
