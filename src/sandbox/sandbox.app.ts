import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { FaultPlan } from './faults/fault.plan.js';
import { FaultSwitchboard } from './faults/fault.switchboard.js';
import { AnswerInterceptor } from './http/answer.interceptor.js';
import { receiveCall } from './http/call.middleware.js';
import { VendorErrorFilter } from './http/error.filter.js';
import { injectFaults } from './http/fault.middleware.js';
import { HeldAnswers } from './http/held.answers.js';
import { countCall, RateLimit } from './http/rate.middleware.js';
import { SandboxError, SandboxStartError } from './sandbox.errors.js';
import { SandboxModule } from './sandbox.module.js';
import type { Sandbox } from './state/sandbox.state.js';
import { ActionOffice } from './worker/action.office.js';
import { ActionPlanter } from './worker/action.planter.js';
import { PostbackSender } from './worker/postback.sender.js';
import { SubmissionWorker } from './worker/submission.worker.js';

export interface RunningApp {
  readonly worker: SubmissionWorker;
  readonly postbacks: PostbackSender;
  readonly switchboard: FaultSwitchboard;
  readonly planter: ActionPlanter;
  /** Forgets everything that was not an option. */
  reset(): void;
  close(): Promise<void>;
}

/** Builds the Nest app and listens. Every request passes: body and log, rate limit, faults, then the routes. */
export async function startApp(sandbox: Sandbox): Promise<RunningApp> {
  const app = await NestFactory.create<NestExpressApplication>(SandboxModule.forSandbox(sandbox), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  const held = new HeldAnswers();
  const limit = new RateLimit(sandbox);
  const switchboard = app.get(FaultSwitchboard);
  const office = app.get(ActionOffice);
  const planter = app.get(ActionPlanter);
  const worker = app.get(SubmissionWorker);
  const postbacks = app.get(PostbackSender);

  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(receiveCall(sandbox));
  app.use(countCall(sandbox, limit));
  const churn = (plan: FaultPlan): void => office.churn(plan.change ?? 'reattribute', plan.orderId);
  const withhold = (plan: FaultPlan): (() => void) => office.withhold(plan.orderId, plan.delayMs);
  app.use(injectFaults(sandbox, { switchboard, limit, held, churn, withhold }));
  app.useGlobalInterceptors(app.get(AnswerInterceptor));
  app.useGlobalFilters(app.get(VendorErrorFilter));

  const reset = (): void => {
    worker.stop();
    postbacks.clear();
    held.clear();
    limit.reset();
    sandbox.reset();
    switchboard.clear();
    for (const plan of sandbox.settings.faults) switchboard.add(plan);
  };
  const close = async (): Promise<void> => {
    worker.stop();
    postbacks.stop();
    held.clear();
    app.getHttpServer().closeAllConnections();
    await app.close();
  };
  const { host, port, faults } = sandbox.settings;
  try {
    for (const plan of faults) switchboard.add(plan);
    await app.listen(port, host);
  } catch (error) {
    await close();
    if (error instanceof SandboxError) throw error;
    throw new SandboxStartError(host, port, error);
  }
  const address = app.getHttpServer().address() as AddressInfo;
  sandbox.url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  return { worker, postbacks, switchboard, planter, reset, close };
}
