/** `npm run test:faults`: the same scenarios with many more sales, processes and kills. */
export const LONG = process.env['IMPACT_FAULTS'] === 'long';

/** A figure of a scenario: small in every run of the tests, large when faults are what the run is for. */
export const scaled = (short: number, long: number): number => (LONG ? long : short);

/** Milliseconds that one scenario may take; a busy machine is no defect. */
export const PATIENCE = LONG ? 3_600_000 : 120_000;

export class TooLongError extends Error {}

/** Waits until something holds, looking every few milliseconds. `what` ends the message when it never does. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within = LONG ? 1_800_000 : 60_000,
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new TooLongError(`Waited ${within} ms in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
