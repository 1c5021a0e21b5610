import { findBrowser } from '../../../src/cli/verify/chromium.probe.js';

/** The Chromium that the tests use; only called where there is one. */
export const findPath = (): string => process.env['CHROMIUM_PATH'] ?? findBrowser() ?? 'chromium';
