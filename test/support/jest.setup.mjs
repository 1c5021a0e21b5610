import { compiled } from './sources.mjs';

// Jest loads this file as it is; what it starts is TypeScript.
export default async function setUp() {
  const { setUp: findDatabases } = await import(
    await compiled(new URL('databases.setup.ts', import.meta.url))
  );
  await findDatabases();
}
