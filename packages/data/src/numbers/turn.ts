// Sine and cosine of an angle in degrees by polynomials: Math.sin and Math.cos may differ in their last bit
// between runtimes, and a rendered face must not.

/** Sine of an angle in degrees; within 4e-6 of the true value. */
export function sinDegrees(angle: number): number {
  let t = angle / 90;
  t -= 4 * Math.floor((t + 1) / 4); // one turn: -1 … 3 quarters
  if (t > 1) t = 2 - t; // mirror the falling half
  const q = t * t;
  return t * (1.5707963 + q * (-0.6459641 + q * (0.0796926 + q * (-0.0046818 + q * 0.0001571))));
}

/** Cosine of an angle in degrees. */
export function cosDegrees(angle: number): number {
  return sinDegrees(angle + 90);
}
