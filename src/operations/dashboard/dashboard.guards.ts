import type { CanActivate, Type } from '@nestjs/common';
import type { DashboardGuard } from '../../config/index.js';

/** What `@UseGuards()` takes: a function that is no guard class becomes the guard that asks it. */
export function asNestGuard(guard: DashboardGuard): Type<CanActivate> | CanActivate {
  if (typeof guard !== 'function' || isGuardClass(guard)) return guard;
  return { canActivate: (context) => guard(context) };
}

function isGuardClass(
  guard: Type<CanActivate> | ((...given: never[]) => unknown),
): guard is Type<CanActivate> {
  const prototype: unknown = guard.prototype;
  return typeof (prototype as Partial<CanActivate> | undefined)?.canActivate === 'function';
}
