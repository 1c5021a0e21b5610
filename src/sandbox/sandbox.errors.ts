/** Base of every error that the sandbox throws at its own user; `code` is stable. */
export abstract class SandboxError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option of `ImpactSandbox.start()` (or an argument of one of its methods) cannot be used. */
export class SandboxOptionError extends SandboxError {
  readonly code = 'SANDBOX_OPTION';

  constructor(option: string, received: unknown, fix: string) {
    const shown = typeof received === 'number' ? String(received) : JSON.stringify(received);
    super(`Sandbox option "${option}" is ${shown}: ${fix}`);
  }
}

/** The sandbox could not listen, usually because the port is taken. */
export class SandboxStartError extends SandboxError {
  readonly code = 'SANDBOX_START';

  constructor(host: string, port: number, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      `The sandbox cannot listen on ${host}:${port} (${detail}). Use another port, or 0 for a free one.`,
      {
        cause,
      },
    );
  }
}
