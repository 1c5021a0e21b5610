import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';

/** Shows people a page and machines JSON. What was not meant for them stays in the log. */
@Catch()
export class ErrorPageFilter implements ExceptionFilter {
  readonly #logger = new Logger('ErrorPage');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const status = error instanceof HttpException ? error.getStatus() : 500;
    if (status >= 500) this.#logger.error(error);
    const messages = messagesOf(error);
    response.status(status);
    if (request.headers.accept?.includes('text/html') === true)
      response.render('error', { status, messages });
    else response.json({ status, messages });
  }
}

function messagesOf(error: unknown): string[] {
  if (!(error instanceof HttpException)) return ['Something went wrong on our side. Please try again.'];
  const body = error.getResponse();
  const message = typeof body === 'object' && 'message' in body ? body.message : body;
  return Array.isArray(message) ? message.map(String) : [String(message)];
}
