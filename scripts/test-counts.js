// Prints the outcome of a Jest run as one plain line, from the file that `jest --json --outputFile` wrote.
//
//   node scripts/test-counts.js <file>
import { readFileSync } from 'node:fs';

/** A suite that could not be loaded has no failed test in Jest's count, and a run that died has no report. */
function counts(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const { passed, failed, skipped } = counts(process.argv[2]);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
