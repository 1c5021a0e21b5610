import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { SandboxSettings } from '../sandbox.settings.js';
import { Sandbox } from '../state/sandbox.state.js';
import { CONTENT_TYPES, renderAnswer } from './answer.format.js';
import { callOf } from './sandbox.call.js';
import { errorFields, VendorError } from './vendor.answer.js';

export function renderError(
  response: Response,
  error: VendorError,
  settings: Pick<SandboxSettings, 'errorEnvelope'>,
): void {
  const { format, api } = callOf(response);
  response.status(error.status);
  if (error.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="impact.com sandbox"');
  if (!api) {
    response.type('text/plain').send(`${error.message}\n`);
    return;
  }
  response.setHeader('Content-Type', CONTENT_TYPES[format]);
  response.send(renderAnswer({ fields: errorFields(error, settings.errorEnvelope), element: null }, format));
}

/** Every error leaves in one of the vendor's two shapes, as JSON or XML. */
@Catch()
export class VendorErrorFilter implements ExceptionFilter {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    renderError(response, vendorError(thrown), this.sandbox.settings);
  }
}

function vendorError(thrown: unknown): VendorError {
  if (thrown instanceof VendorError) return thrown;
  if (thrown instanceof HttpException) return new VendorError(thrown.getStatus(), thrown.message);
  return new VendorError(500, thrown instanceof Error ? thrown.message : 'Internal error');
}
