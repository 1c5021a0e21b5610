import http, { type Agent, type ClientRequest, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { readBody } from './body.reader.js';
import {
  codeOf,
  type Deadline,
  type Exchange,
  type ExchangeRequest,
  failed,
  type Tried,
} from './exchange.types.js';
import { RequestTrace } from './request.trace.js';

const DEADLINE = 'DEADLINE';

/**
 * One request straight over Node's own client: no redirect is followed, no status is an error, and the
 * deadline ends it wherever it is, also while it waits for a socket. Never rejects.
 *
 * @param agent whose sockets are used; `false` for a socket of its own.
 */
export function requestDirectly(
  { method, url, body, longestAnswer }: Omit<ExchangeRequest, 'headers'>,
  headers: OutgoingHttpHeaders,
  agent: Agent | false,
  deadline: Deadline,
): Promise<Tried> {
  const secure = url.protocol === 'https:';
  const trace = new RequestTrace();
  return new Promise((resolve) => {
    const end = (exchange: Exchange, staleSocket = false): void => resolve({ exchange, staleSocket });
    let request: ClientRequest;
    try {
      request = (secure ? https : http).request(url, { method, headers, agent });
    } catch (error) {
      // A header or an address that Node refuses to send.
      end(failed(codeOf(error), false));
      return;
    }
    trace.follow(request, secure);
    const fail = (code: string, staleSocket: boolean): void => {
      // What breaks after the head of an answer came is the reader's to tell.
      if (!trace.answered) end(failed(code, trace.mayHaveArrived(code)), staleSocket);
    };
    deadline.onEnd(() => {
      // A request that still waits for a socket does not tell when it is destroyed.
      fail(DEADLINE, false);
      request.destroy();
    });
    request.on('error', (error) => {
      const code = codeOf(error);
      fail(code, trace.wasStale(code));
    });
    // After an answer 101, which nobody asked for, Node closes without an error.
    request.on('close', () => fail('ECONNRESET', false));
    request.on('response', (answer) => {
      trace.sawAnswer();
      const { statusCode: status = 0, headers: answered } = answer;
      void readBody(answer, answered['content-encoding'], longestAnswer, () => deadline.isOver).then((read) =>
        end({ kind: 'answered', status, headers: answered, ...read }),
      );
    });
    request.end(body ?? undefined);
  });
}
