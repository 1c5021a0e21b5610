import type { Provider } from '@nestjs/common';
import { ClickBuffer } from './click.buffer.js';
import { ClickIdRepository } from './click-id.repository.js';
import { ImpactRequestContext } from './request.context.js';

/** What the module wires. Needs IMPACT_OPTIONS and IMPACT_DATABASE; export the context and the repository. */
export const CLICK_PROVIDERS: readonly Provider[] = [ImpactRequestContext, ClickBuffer, ClickIdRepository];
