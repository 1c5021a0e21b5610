export type { BrowserProbe, BrowserVisit } from './browser.probe.js';
export { openLines, OUTCOME_WORDS, STEP_TITLES } from './report.rules.js';
export { Pacer, type Pace } from './pacer.js';
export { VerificationReader } from './verification.reader.js';
export { reportAsHtml, reportAsMarkdown } from './verification.report.js';
export { openOrders, verdictOf, type OpenOrder } from './verdict.rules.js';
export { newRun, runVerification, type NewRun } from './verification.run.js';
export type { Patience, VerificationObserver, VerificationTools } from './verification.tools.js';
export type {
  CaseState,
  Finding,
  SeenCookie,
  StepName,
  StepOutcome,
  StepResult,
  TestRoute,
  VerificationPlan,
  VerificationState,
  VerificationVerdict,
} from './verification.types.js';
