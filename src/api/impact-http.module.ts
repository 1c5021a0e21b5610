import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpModule, HttpService, type HttpModuleOptions } from '@nestjs/axios';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import axios from 'axios';

/**
 * Sockets are kept for the next call: TLS anew for each is 9 to 30 times slower.
 *
 * - More of them than `delivery.concurrency` allows calls, all of which may stay open between two bursts, and
 *   few enough for a process that calls the client in a loop of its own.
 * - The one that was used last is used first, so that those which are not needed close after half a minute:
 *   before most servers and load balancers would. With a limit of our own Node also heeds the server's
 *   `Keep-Alive: timeout`; without one it would not.
 * - Node keeps no process alive for an idle socket.
 */
const SOCKETS: AgentOptions = {
  keepAlive: true,
  maxSockets: 1024,
  maxFreeSockets: 1024,
  scheduling: 'lifo',
  timeout: 30_000,
};

function httpDefaults(): HttpModuleOptions {
  return { httpAgent: new HttpAgent(SOCKETS), httpsAgent: new HttpsAgent(SOCKETS) };
}

/** The HTTP service that {@link ImpactApiClient} expects, for use without Nest. */
export function createImpactHttp(): HttpService {
  return new HttpService(axios.create(httpDefaults()));
}

/** Provides `HttpService` with an axios instance of our own, so that no interceptor of the app sees our credentials. */
@Module({
  imports: [HttpModule.registerAsync({ useFactory: httpDefaults })],
  exports: [HttpModule],
})
export class ImpactHttpModule implements OnApplicationShutdown {
  readonly #http: HttpService;

  constructor(@Inject(HttpService) http: HttpService) {
    this.#http = http;
  }

  /** Deliveries under way have ended by then, so only idle sockets are left to close. */
  onApplicationShutdown(): void {
    const { httpAgent, httpsAgent } = this.#http.axiosRef.defaults as {
      httpAgent?: HttpAgent;
      httpsAgent?: HttpsAgent;
    };
    httpAgent?.destroy();
    httpsAgent?.destroy();
  }
}
