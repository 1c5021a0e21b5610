import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';
import { CONTENT_TYPES, renderAnswer } from './answer.format.js';
import { callOf } from './sandbox.call.js';
import { VendorAnswer } from './vendor.answer.js';

/** Turns a `VendorAnswer` into XML, or JSON when that was asked for. Pages pass through. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((answer) => {
        if (!(answer instanceof VendorAnswer)) return answer;
        const { format } = callOf(response);
        response.status(200);
        response.setHeader('Content-Type', CONTENT_TYPES[format]);
        return renderAnswer(answer, format);
      }),
    );
  }
}
