import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { VendorError } from '../http/vendor.answer.js';

/** A form of some other site must not switch anything here, although the pages have no sign-in. */
@Injectable()
export class OriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Request>();
    const { origin, host = '' } = headers;
    const site = headers['sec-fetch-site'];
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    const elsewhere = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
    if (foreign || elsewhere)
      throw new VendorError(403, 'Forms are taken from the sandbox’s own pages only.');
    return true;
  }
}
