import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ImpactModuleExtras, ImpactModuleOptions, ImpactOptions } from './config/index.js';

const EXTRAS: ImpactModuleExtras = {
  isGlobal: true,
  database: undefined,
  capture: undefined,
  postbacks: undefined,
  dashboard: undefined,
};

/** Injection token of what Nest needed while it built the module. */
export const IMPACT_EXTRAS = Symbol.for('nestjs-impact:extras');

export const {
  ConfigurableModuleClass,
  /** Injection token of the options as they were given, before environment, defaults and checks. */
  MODULE_OPTIONS_TOKEN,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<ImpactOptions>({ moduleName: 'NestjsImpact' })
  .setClassMethodName('forRoot')
  .setExtras(EXTRAS, (definition, extras) => ({
    ...definition,
    global: extras.isGlobal ?? true,
  }))
  .build();

/** What `ImpactModule.forRootAsync()` takes: the factory gives values, the extras stand beside it. */
export type ImpactModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** Takes apart what `forRoot()` is given in one object. */
export function splitOptions(given: ImpactModuleOptions): {
  values: ImpactOptions;
  extras: ImpactModuleExtras;
} {
  const { isGlobal, database, capture, postbacks, dashboard, ...values } = given;
  const [notified, postbackValues] = splitPostbacks(postbacks);
  const beside = { isGlobal, database, postbacks: notified, dashboard };
  // What is no object is left among the values, where it is refused by name.
  if (typeof capture !== 'object' || capture === null) {
    return { values: { ...values, postbacks: postbackValues, capture }, extras: beside };
  }
  const { via, routes, endpoint, ...captureValues } = capture;
  return {
    values: { ...values, postbacks: postbackValues, capture: captureValues },
    extras: { ...beside, capture: { via, routes, endpoint } },
  };
}

function splitPostbacks(
  given: ImpactModuleOptions['postbacks'],
): [ImpactModuleExtras['postbacks'], ImpactOptions['postbacks']] {
  if (typeof given !== 'object' || given === null) return [given, undefined];
  const { path, ...values } = given;
  return [path === undefined ? false : { path }, values];
}
