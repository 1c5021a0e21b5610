/**
 * Key of the correction that takes a test order back. It is recorded together with the sale and is no
 * reason to leave the sale unsent: the test is the whole way there and back.
 */
export const TEST_ACTION_KEY = 'impact:test-action';

/** Keys that begin like this are the module's own. */
export const OWN_KEYS = 'impact:';
