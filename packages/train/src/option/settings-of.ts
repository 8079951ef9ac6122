/** The options that `defaults` has, as `given`, which may be a whole config, has them, or else by default. */
export function settingsOf<K extends string>(
  defaults: Readonly<Record<K, number>>,
  given: { readonly [N in K]?: number | undefined },
): Record<K, number> {
  const names = Object.keys(defaults) as K[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]])) as Record<K, number>;
}
