/** Replaces `{Name}` by the encoded value; macros that nobody knows stay as they are. */
export function encodeMacros(
  template: string,
  values: Readonly<Record<string, string>>,
  encode: (value: string) => string,
): string {
  return template.replaceAll(/\{([A-Za-z]+)\}/g, (macro, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? macro : encode(value);
  });
}
