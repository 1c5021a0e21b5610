/** Translates what has changed. @returns the URL of the translation of a source file, given by path or URL. */
export function compiled(file: string | URL): Promise<string>;
