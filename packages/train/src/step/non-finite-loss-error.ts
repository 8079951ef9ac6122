/** A step whose loss, or gradient, was NaN or infinite. The state is as it was before that step. */
export class NonFiniteLossError extends Error {
  override readonly name = "NonFiniteLossError";
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Of a step whose loss is finite. */
  readonly gradientNorm: number | undefined;

  /** @param inFloat16 Whether convolutions computed in float16, which overflows beyond 65,504. */
  constructor(step: number, loss: number, learningRate: number, gradientNorm?: number, inFloat16 = false) {
    const got = gradientNorm === undefined ? `${loss}` : `${loss} with a gradient of length ${gradientNorm}`;
    super(
      `Cannot make training step ${step}: expected a finite loss, got ${got} at learning rate ${learningRate}; weights ` +
        `and statistics are as before that step; lower the learning rate${inFloat16 ? ", or train in float32" : ""}`,
    );
    this.step = step;
    this.loss = loss;
    this.learningRate = learningRate;
    this.gradientNorm = gradientNorm;
  }
}
