import { ImpactApiError } from '../../api/index.js';

/** What the vendor does not answer is not proved, and no reason to forget the rest. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ImpactApiError) return null;
    throw error;
  }
}
