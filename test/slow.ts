/** Whether tests that take over five seconds run: in CI, and where `AMFACE_SLOW=1` asks for them. */
export function slow(): boolean {
  return process.env.AMFACE_SLOW === "1" || process.env.CI === "true";
}
