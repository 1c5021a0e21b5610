import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import type { Operation } from '../faults/fault.plan.js';
import type { RequestEntry } from '../state/request.entry.js';
import type { AnswerFormat } from './answer.format.js';

/** A request after the body has been read, the method override applied and the suffix taken off. */
export interface SandboxCall {
  readonly method: string;
  readonly path: string;
  readonly format: AnswerFormat;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
  /** Query and body. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What is wrong with the body, if anything. */
  readonly bodyProblem: string | null;
  readonly operation: Operation;
  /** Whether it is a call of the vendor's API, and not a page or a click. */
  readonly api: boolean;
  /** Nothing will come of it, although it is answered: a fault. */
  readonly lost: boolean;
  /** Its line in the request log; API calls only. */
  readonly entry: RequestEntry | null;
}

export const callOf = (response: Response): SandboxCall => (response.locals as { call: SandboxCall }).call;

export const Call = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callOf(context.switchToHttp().getResponse<Response>()),
);
