import assert from "node:assert/strict";
import { test } from "node:test";
import { meterText, type StepMetrics, TrainingMeter } from "@amface/train";

/** A step of 64 photos. */
function step(number: number, change: Partial<StepMetrics> = {}): StepMetrics {
  const seconds = change.seconds ?? 2;
  return {
    ...{
      step: number,
      epoch: 0,
      pass: 0,
      batchInPass: 0,
      loss: 4,
      crossEntropy: 3,
      accuracy: 0.5,
      targetCosine: 0.25,
      gradientNorm: 1,
    },
    ...{ learningRate: 0.1, dataSeconds: 0.5, seconds, imagesPerSecond: 64 / seconds },
    ...change,
  };
}

test("a meter shows the first step as it is, and what does not change as it stays", () => {
  const meter = new TrainingMeter();
  for (let number = 1; number <= 50; number++) {
    const reading = meter.add(step(number));
    assert.equal(reading.step, number);
    const { loss, accuracy, targetCosine, imagesPerSecond, dataWait, stepSeconds } = reading;
    for (const [got, expected] of [
      [loss, 4],
      [accuracy, 0.5],
      [targetCosine, 0.25],
      [imagesPerSecond, 32],
      [dataWait, 0.25],
      [stepSeconds, 2],
    ]) {
      assert.ok(Math.abs(got - expected) < 1e-12);
    }
  }
});

test("a meter smooths an outlier, follows a change, and counts images by time", () => {
  const meter = new TrainingMeter();
  for (let number = 1; number <= 40; number++) meter.add(step(number));
  const outlier = meter.add(step(41, { loss: 24, seconds: 20 }));
  assert.ok(outlier.loss > 4.5 && outlier.loss < 6, `${outlier.loss}`);
  assert.ok(outlier.imagesPerSecond > 15 && outlier.imagesPerSecond < 25, `${outlier.imagesPerSecond}`);
  let last = outlier;
  for (let number = 42; number <= 200; number++) last = meter.add(step(number, { loss: 1 }));
  assert.ok(Math.abs(last.loss - 1) < 0.01);
  assert.equal(meterText(last), "loss 1.001  cos 0.25  acc 0.50  32.0 images/s  wait 25 %");
  const taught = meter.add(step(201, { loss: 1, teacherCosine: 0 }));
  assert.ok(taught.teacherCosine === 0 && last.teacherCosine === undefined);
  assert.match(meterText({ ...taught, teacherCosine: 0.834 }), /acc 0.50 {2}teacher 0.83 {2}32.0 images/);
});
