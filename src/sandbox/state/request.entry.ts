import type { SandboxRequest } from '../sandbox.types.js';

/** A request whose answer may still be under way. */
export type RequestEntry = { -readonly [Key in keyof SandboxRequest]: SandboxRequest[Key] };
