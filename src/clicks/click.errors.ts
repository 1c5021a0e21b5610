import { ImpactError } from '../errors/index.js';

/** A subject that is empty, too long, or an e-mail address. Thrown by {@link ClickIdRepository}. */
export class InvalidSubjectError extends ImpactError {
  readonly code = 'INVALID_SUBJECT';
}

/** A value that cannot be a click id. The value itself is not repeated in the message. */
export class InvalidClickIdError extends ImpactError {
  readonly code = 'INVALID_CLICK_ID';

  constructor() {
    super(
      'This is not a click id: 1 to 64 characters of A-Z a-z 0-9 : _ ~ . - were expected. ' +
        'Pass the value of im_ref as it arrived, decoded once and with its case kept.',
    );
  }
}

/** A click was to be stored of a visitor who has not agreed. */
export class ConsentMissingError extends ImpactError {
  readonly code = 'CONSENT_MISSING';

  constructor() {
    super(
      'A click is stored only of a visitor who has agreed, and this one has not. ' +
        'Call remember() once the visitor has, or not at all.',
    );
  }
}

/** A well-formed click id of which there is no row and which no request brought. */
export class UnknownClickError extends ImpactError {
  readonly code = 'UNKNOWN_CLICK';

  constructor() {
    super('There is no such click. Call remember() with the click first, then link() it.');
  }
}
