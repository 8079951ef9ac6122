import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { drawThresholds } from "../bench/calibrate/coverage.ts";

/** Photos of people who come in families that look alike, so that false accepts come by pairs of people, not by photos. */
function makePeople(people: number, photosEach: number, size: number) {
  const random = new Random("calibrate", 1);
  const vector = (length: number) =>
    Array.from({ length: size }, () => (length * random.normal()) / Math.sqrt(size));
  const families = Array.from({ length: Math.round(people / 3) }, () => vector(1));
  const rows = Array.from({ length: people }, () => {
    const family = random.pick(families);
    const own = vector(1.2).map((value, d) => value + family[d]);
    return Array.from({ length: photosEach }, () => vector(0.8).map((value, d) => value + own[d]));
  });
  return {
    embeddings: { data: Float32Array.from(rows.flat(2)), size },
    identities: rows.flatMap((photos, person) => photos.map(() => `${person}`)),
  };
}

test("the FAR of other people lies in the card's interval as often as that says, and rarely in a binomial one", () => {
  const { embeddings, identities } = makePeople(300, 8, 16);
  const draws = 40;
  const design = { people: 25, photosEach: 8, draws, fars: [1e-2, 1e-3], replicates: 100 };
  const [all] = drawThresholds(embeddings, identities, [design]);
  for (const far of design.fars) {
    const list = all.filter((one) => one.far === far);
    assert.equal(list.length, draws);
    const inside = list.filter(
      ({ realised, farInterval: [low, high] }) => low <= realised && realised <= high,
    );
    // 95 % of 40 are 38; 33 or fewer would come once in 200 such tests.
    assert.ok(inside.length >= 34, `${inside.length} of ${draws} at FAR ${far}`);
    const binomial = list.filter(({ realised, photos }) => {
      const accepts = (far * photos * (photos - 8)) / 2;
      return Math.abs(Math.log(realised / far)) < 1.96 / Math.sqrt(accepts);
    });
    assert.ok(binomial.length < 30, `${binomial.length} of ${draws} in a binomial interval at FAR ${far}`);
    // An interval that holds everything would be no use.
    assert.ok(list.every(({ farInterval: [, high] }) => high < 15 * far));
  }
});
