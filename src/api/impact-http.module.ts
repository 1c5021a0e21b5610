import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpModule, HttpService, type HttpModuleOptions } from '@nestjs/axios';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import axios from 'axios';

/** Sockets are kept for the next call: TLS anew for each is 9 to 30 times slower. */
function httpDefaults(): HttpModuleOptions {
  return {
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
  };
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
