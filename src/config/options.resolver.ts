import { validateSync, type ValidationError } from 'class-validator';
import { ImpactConfigurationError, type OptionProblem } from './configuration.error.js';
import { defaults } from './defaults.js';
import { parseDuration } from './duration.js';
import { readEnvironment, variableOf, type VariableReader } from './environment.js';
import type { ImpactOptions, ResolvedImpactOptions } from './impact.options.js';
import { fill } from './option.names.js';
import { type Built, inconsistencies, missingCredentials } from './options.consistency.js';
import { freezeOptions } from './options.freeze.js';
import { OptionsSchema } from './options.schema.js';
import { resolvePageLoad } from './page-load.options.js';
import { shownOption } from './secret.mask.js';
import { warningsFor } from './options.warnings.js';

export interface OptionsResolution {
  /** Complete and deeply frozen. `authToken` is not enumerable: spreading, printing and serialising leave it out. */
  readonly options: ResolvedImpactOptions;
  /** To be logged at boot, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Stand-ins for credentials that `dry-run` may lack. Neither is one that impact.com could have given, and the
 * account id is refused wherever a URL is built from one.
 */
const PLACEHOLDERS = { accountSid: 'not-configured', authToken: '', id: '0' } as const;

/**
 * Joins explicit options, environment variables and defaults, in this order of precedence, and checks the whole.
 *
 * @param get reads an environment variable: `(name) => configService.get(name)`.
 * @param nodeEnv NODE_ENV of the process.
 * @param others problems that were found elsewhere, to be said in the same message.
 * @param built what the module has that needs values.
 * @throws ImpactConfigurationError that lists every problem.
 */
export function resolveOptions(
  explicit: ImpactOptions | undefined,
  get: VariableReader,
  nodeEnv: string | undefined,
  others: readonly OptionProblem[] = [],
  built: Built = { postbacks: false },
): OptionsResolution {
  // `set NODE_ENV=production && node …` on Windows leaves a space behind it.
  const stage = nodeEnv?.trim();
  const schema = new OptionsSchema();
  const given: unknown = explicit ?? {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noOptions(given);

  const problems = [...fill(schema, readEnvironment(get)), ...fill(schema, given)];
  problems.push(...validateSync(schema, { stopAtFirstError: true }).flatMap((error) => flatten(error)));

  const wrong = new Set(problems.map(({ option }) => option));
  const production = stage === 'production';
  problems.push(...inconsistencies({ schema, production, built }, wrong));
  if (problems.length + others.length > 0) {
    throw new ImpactConfigurationError([...others, ...problems.map((problem) => sourced(problem, given))]);
  }

  const options = freezeOptions(complete(schema, stage));
  return { options, warnings: warningsFor(options, missingCredentials(schema), built) };
}

const noOptions = (given: unknown): ImpactConfigurationError =>
  new ImpactConfigurationError([
    {
      option: 'options',
      received: Array.isArray(given) ? 'a list' : `a value of type ${typeof given}`,
      rule: 'an object of options, or nothing',
      fix: 'return an object from the factory; {} reads everything from the environment',
    },
  ]);

function flatten(error: ValidationError, path = ''): OptionProblem[] {
  const option = path + error.property;
  const nested = (error.children ?? []).flatMap((child) => flatten(child, `${option}.`));
  const own = Object.entries(error.constraints ?? {}).map(([constraint, rule]) => ({
    option,
    received: shownOption(option, error.value),
    rule,
    fix: fixOf(error, constraint),
  }));
  return [...own, ...nested];
}

const fixOf = (error: ValidationError, constraint: string): string =>
  (error.contexts?.[constraint] as { fix: string } | undefined)?.fix ?? 'see the doc comment of the option';

/** Adds the variable's name, and says when the value came from it. */
function sourced(problem: OptionProblem, explicit: object): OptionProblem {
  const variable = variableOf(problem.option);
  if (variable === undefined) return problem;
  const fromVariable = problem.received !== 'not set' && valueAt(explicit, problem.option) === undefined;
  return {
    ...problem,
    variable,
    received: fromVariable ? `${problem.received}, from ${variable}` : problem.received,
  };
}

const valueAt = (given: object, option: string): unknown =>
  option
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], given);

function complete(schema: OptionsSchema, stage: string | undefined): ResolvedImpactOptions {
  const { capture, recording, delivery, verdicts, postbacks, retention } = schema;
  const onInvalid =
    stage === 'production'
      ? defaults.recording.onInvalid.inProduction
      : defaults.recording.onInvalid.elsewhere;
  return {
    accountSid: schema.accountSid ?? PLACEHOLDERS.accountSid,
    authToken: schema.authToken ?? PLACEHOLDERS.authToken,
    campaignId: String(schema.campaignId ?? PLACEHOLDERS.id),
    eventTypeId: String(schema.eventTypeId ?? PLACEHOLDERS.id),
    eventTypeCode: schema.eventTypeCode ?? null,
    mode: schema.mode,
    environment: schema.environment ?? (stage || defaults.environment),
    baseUrl: schema.baseUrl.replace(/\/+$/, ''),
    apiVersion: schema.apiVersion === undefined ? null : String(schema.apiVersion),
    migrate: schema.migrate,
    program: defaults.program,
    eventType: defaults.eventType,
    capture: {
      parameters: [...capture.parameters],
      cookie: {
        name: capture.cookie.name,
        domain: capture.cookie.domain ?? null,
        path: capture.cookie.path,
        secure: capture.cookie.secure,
        sameSite: capture.cookie.sameSite ?? defaults.capture.cookie.sameSite,
      },
      referralWindow: parseDuration(capture.referralWindow, 'capture.referralWindow'),
      policy: capture.policy,
      consent: capture.consent,
      bufferLimit: capture.bufferLimit,
      flushInterval: parseDuration(capture.flushInterval, 'capture.flushInterval'),
      pageLoad: resolvePageLoad(capture.pageLoad),
    },
    recording: {
      onInvalid: recording.onInvalid ?? onInvalid,
      send: recording.send,
      amountLimits: {
        digits: recording.amountLimits.digits,
        decimals: recording.amountLimits.decimals,
        enforce: recording.amountLimits.enforce,
      },
      customerStatuses: recording.customerStatuses === undefined ? null : [...recording.customerStatuses],
      test: { partners: [...recording.test.partners], clickIds: [...recording.test.clickIds] },
    },
    delivery: {
      engine: delivery.engine,
      autoStart: delivery.autoStart,
      concurrency: delivery.concurrency,
      pollInterval: parseDuration(delivery.pollInterval, 'delivery.pollInterval'),
      timeout: parseDuration(delivery.timeout, 'delivery.timeout'),
      lease: parseDuration(delivery.lease, 'delivery.lease'),
      maxAge: parseDuration(delivery.maxAge, 'delivery.maxAge'),
      duplicateWindow: parseDuration(delivery.duplicateWindow, 'delivery.duplicateWindow'),
      backoff: {
        base: parseDuration(delivery.backoff.base, 'delivery.backoff.base'),
        cap: parseDuration(delivery.backoff.cap, 'delivery.backoff.cap'),
      },
      maxRequestsPerHour: delivery.maxRequestsPerHour,
      bodyFormat: delivery.bodyFormat,
      shutdownTimeout: parseDuration(delivery.shutdownTimeout, 'delivery.shutdownTimeout'),
    },
    verdicts: {
      sweepInterval: parseDuration(verdicts.sweepInterval, 'verdicts.sweepInterval'),
      rereadFor: parseDuration(verdicts.rereadFor, 'verdicts.rereadFor'),
      lookupAfter: parseDuration(verdicts.lookupAfter, 'verdicts.lookupAfter'),
      giveUpAfter: parseDuration(verdicts.giveUpAfter, 'verdicts.giveUpAfter'),
      accountTimeZone: verdicts.accountTimeZone ?? null,
    },
    postbacks: {
      secrets: [postbacks.secret ?? []].flat(),
      sources: [...postbacks.sources],
    },
    retention: {
      clicks: parseDuration(retention.clicks ?? capture.referralWindow, 'retention.clicks'),
      deliveries: parseDuration(retention.deliveries, 'retention.deliveries'),
      customerData: parseDuration(retention.customerData, 'retention.customerData'),
      keptFields: [...retention.keptFields],
    },
  };
}
