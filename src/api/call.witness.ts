/** A call as a witness sees it: nothing of what is sent. */
export interface WitnessedCall {
  /** Method and endpoint without ids, such as `GET APISubmissions/{id}`. */
  readonly name: string;
}

/** Somebody who wants to know of every call: hands on what the work answers or throws, and adds neither delay nor fault. */
export interface CallWitness {
  call<T>(call: WitnessedCall, work: () => Promise<T>): Promise<T>;
}

/** Injection token of {@link CallWitness}; optional. */
export const CALL_WITNESS = Symbol.for('nestjs-impact:call-witness');
