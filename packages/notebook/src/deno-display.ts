/** How a cell of Deno's kernel sends a message of Jupyter's protocol to the front end. */
type Broadcast = (type: string, content: object) => Promise<void>;

/** A value with this property is displayed by what it returns. */
const DISPLAY = Symbol.for("Jupyter.display");

/** Deno's way to show things; nothing outside of `deno jupyter`. */
export function denoBroadcast(): Broadcast | undefined {
  const { Deno } = globalThis as { Deno?: { jupyter: { broadcast: Broadcast } } };
  try {
    // Deno's namespace outside of its kernel lacks this, or throws.
    return Deno?.jupyter?.broadcast;
  } catch {
    return undefined;
  }
}

/** Lets Deno's kernel await `shown` where it is the value of a cell's last line, and print nothing for it. */
export function awaitAsLastLine(shown: Promise<void>): void {
  Object.defineProperty(shown, DISPLAY, { value: () => shown.then(() => ({})) });
}
