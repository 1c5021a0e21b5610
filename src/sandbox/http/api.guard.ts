import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Sandbox } from '../state/sandbox.state.js';
import { callOf } from './sandbox.call.js';
import { VendorError } from './vendor.answer.js';

/** Basic authentication, then the token's scope (docs/vendor-contract.md §2). */
@Injectable()
export class ApiGuard implements CanActivate {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const { accountSid, authToken, disabledScopes } = this.sandbox.settings;
    const { operation, path } = callOf(http.getResponse<Response>());

    const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!same(Buffer.from(encoded, 'base64').toString('utf8'), `${accountSid}:${authToken}`)) {
      throw new VendorError(401, 'Invalid credentials');
    }
    if (path.split('/')[2] !== accountSid) throw new VendorError(403, 'No permission for this account');
    if (disabledScopes.some((scope) => scope === operation)) {
      throw new VendorError(403, `The token is not allowed to use this endpoint (scope ${operation})`);
    }
    return true;
  }
}

const same = (left: string, right: string): boolean => timingSafeEqual(digest(left), digest(right));
const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
