import type { SandboxPostback } from '../sandbox.types.js';

/** A postback whose answer may still be under way. */
export type PostbackEntry = { -readonly [Key in keyof SandboxPostback]: SandboxPostback[Key] };
