import { Module, type DynamicModule } from '@nestjs/common';
import { FaultSwitchboard } from './faults/fault.switchboard.js';
import { AccountController } from './http/account.controller.js';
import { ActionsController } from './http/actions.controller.js';
import { AnswerInterceptor } from './http/answer.interceptor.js';
import { ApiGuard } from './http/api.guard.js';
import { ConversionsController } from './http/conversions.controller.js';
import { VendorErrorFilter } from './http/error.filter.js';
import { FallbackController } from './http/fallback.controller.js';
import { PageLoadController } from './http/pageload.controller.js';
import { PromoCodesController } from './http/promo-codes.controller.js';
import { RedirectorController } from './http/redirector.controller.js';
import { SubmissionIntake } from './http/submission.intake.js';
import { SubmissionsController } from './http/submissions.controller.js';
import { ListsController } from './pages/lists.controller.js';
import { OriginGuard } from './pages/origin.guard.js';
import { PageFrame } from './pages/page.frame.js';
import { SwitchesController } from './pages/switches.controller.js';
import { ClickRecorder } from './state/click.recorder.js';
import { Sandbox } from './state/sandbox.state.js';
import { ActionOffice } from './worker/action.office.js';
import { ActionPlanter } from './worker/action.planter.js';
import { PostbackSender } from './worker/postback.sender.js';
import { SubmissionWorker } from './worker/submission.worker.js';

@Module({})
export class SandboxModule {
  static forSandbox(sandbox: Sandbox): DynamicModule {
    return {
      module: SandboxModule,
      controllers: [
        RedirectorController,
        ConversionsController,
        SubmissionsController,
        ActionsController,
        AccountController,
        PromoCodesController,
        PageLoadController,
        SwitchesController,
        ListsController,
        FallbackController,
      ],
      providers: [
        { provide: Sandbox, useValue: sandbox },
        FaultSwitchboard,
        ClickRecorder,
        PostbackSender,
        SubmissionWorker,
        SubmissionIntake,
        ActionOffice,
        ActionPlanter,
        ApiGuard,
        OriginGuard,
        PageFrame,
        AnswerInterceptor,
        VendorErrorFilter,
      ],
    };
  }
}
