import { All, Controller, UseGuards } from '@nestjs/common';
import { ApiGuard } from './api.guard.js';
import { Call, type SandboxCall } from './sandbox.call.js';
import { VendorError } from './vendor.answer.js';

const RESOURCES =
  /^\/Advertisers\/[^/]+\/(Conversions|Actions(\/[^/]+(\/Items(\/[^/]+)?)?)?|ActionUpdates(\/[^/]+)?|APISubmissions(\/[^/]+)?|CompanyInformation|Campaigns(\/[^/]+(\/Clicks\/[^/]+)?)?|PromoCodes(\/[^/]+)?)$/;

/** Whatever no other route took: 405 where the resource exists, else 404 (docs/vendor-contract.md §3.4). */
@Controller()
export class FallbackController {
  @All('Advertisers/*rest')
  @UseGuards(ApiGuard)
  api(@Call() call: SandboxCall): never {
    throw RESOURCES.test(call.path)
      ? new VendorError(405, `Method ${call.method} is not supported here`)
      : new VendorError(404, 'No such resource');
  }

  @All('PageLoad')
  pageLoad(@Call() call: SandboxCall): never {
    throw new VendorError(405, `Method ${call.method} is not supported here`);
  }
}
