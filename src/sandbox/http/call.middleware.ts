import type { NextFunction, Request, Response } from 'express';
import type { Operation } from '../faults/fault.plan.js';
import type { Sandbox } from '../state/sandbox.state.js';
import { formatOf } from './answer.format.js';
import { formParameters, readBody } from './body.reader.js';
import { routeOf } from '../rules/route.rules.js';
import type { SandboxCall } from './sandbox.call.js';

/**
 * First in line: reads the body, applies `_method` and the `.json` suffix, and writes the request log. What it
 * finds is in `response.locals.call`.
 */
export function receiveCall(sandbox: Sandbox) {
  return (request: Request, response: Response, next: NextFunction): void => {
    readBody(request).then(
      (body) => {
        const [rawPath, search] = splitOnce(request.url, '?');
        const api = /^\/(Advertisers\/|PageLoad(\.json)?$)/.test(rawPath);
        const path = api ? rawPath.replace(/\.json$/, '') : rawPath;
        const query = formParameters(search);
        const parameters = { ...query, ...body.parameters };
        const method = overridden(request.method, parameters);
        const operation = operationOf(method, path);
        const accept = request.headers.accept ?? '';
        const call: SandboxCall = {
          method,
          path,
          format: formatOf(accept, path !== rawPath),
          query,
          body: body.parameters,
          parameters,
          bodyProblem: body.problem,
          operation,
          api,
          lost: false,
          entry: api
            ? {
                at: sandbox.clock.now(),
                method,
                path,
                operation,
                contentType: request.headers['content-type'] ?? '',
                accept,
                parameters,
                status: null,
                fault: null,
              }
            : null,
        };
        if (call.entry) log(sandbox, call, response);
        request.method = method;
        request.url = search === '' ? path : `${path}?${search}`;
        response.locals['call'] = call;
        next();
      },
      // The client went away while sending: there is nobody to answer.
      () => request.destroy(),
    );
  };
}

function operationOf(method: string, path: string): Operation {
  if (path === '/PageLoad') return 'pageload';
  const resource = /^\/Advertisers\/[^/]+\/([^/]+)/.exec(path)?.[1];
  if (resource === 'Conversions') return 'conversions';
  if (resource === 'APISubmissions') return 'submissions';
  if (resource === 'ActionUpdates') return 'actions';
  if (resource === 'Actions') return method === 'PUT' || method === 'DELETE' ? 'corrections' : 'actions';
  return 'account';
}

/** `_method=PUT` for clients that can only POST (docs/vendor-contract.md §2). */
function overridden(method: string, parameters: Record<string, string>): string {
  const wanted = parameters['_method']?.toUpperCase();
  return method === 'POST' && (wanted === 'PUT' || wanted === 'DELETE') ? wanted : method;
}

function log(sandbox: Sandbox, call: SandboxCall, response: Response): void {
  const { entry } = call;
  if (!entry) return;
  sandbox.store.addRequest(entry);
  sandbox.store.countCall(routeOf(entry.method, entry.path));
  response.on('finish', () => {
    entry.status = response.statusCode;
  });
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
