/** Somebody who wants to know of every pass: hands on what the work answers or throws. */
export interface PassWitness {
  pass<T>(work: () => Promise<T>): Promise<T>;
}

/** Injection token of {@link PassWitness}; optional. */
export const PASS_WITNESS = Symbol.for('nestjs-impact:pass-witness');
