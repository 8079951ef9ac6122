/** Whose photo a name such as `identity/photo.jpg` is: its folder. */
export function identityOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

/** A photo's name without its extension; `identity/` stays as it is. */
export function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > name.lastIndexOf("/") ? name.slice(0, dot) : name;
}
