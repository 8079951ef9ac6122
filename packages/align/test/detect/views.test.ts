import assert from "node:assert/strict";
import { test } from "node:test";
import { boxInPhoto, framed, inGrey, shrunk, turned } from "../../src/detect/views.ts";
import { pattern } from "../pattern.ts";

const pixel = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test("turned() and framed() show each pixel of the photo, and say where it came from", () => {
  const photo = pattern(7, 4);
  const views = [turned(photo, 90), turned(photo, 180), turned(photo, 270), framed(photo)];
  assert.deepEqual(
    views.map(({ image }) => [image.width, image.height]),
    [
      [4, 7],
      [7, 4],
      [4, 7],
      [15, 8],
    ],
  );
  for (const { image, toPhoto } of views) {
    let shown = 0;
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        const [fromX, fromY] = toPhoto([x, y]);
        const isInside = fromX >= 0 && fromY >= 0 && fromX < photo.width && fromY < photo.height;
        if (isInside) shown++;
        assert.deepEqual(pixel(image, x, y), isInside ? pixel(photo, fromX, fromY) : [0, 0, 0]);
      }
    }
    assert.equal(shown, 28);
  }
  // The photo's upper left corner goes to the upper right one, clockwise.
  assert.deepEqual(pixel(views[0].image, 3, 0), pixel(photo, 0, 0));
});

test("boxInPhoto() keeps the corners of a turned box in order, counted from 1", () => {
  const photo = pattern(7, 4);
  assert.deepEqual(boxInPhoto(framed(photo), [5, 3, 8, 4]), [1, 1, 4, 2]);
  // Clockwise: pixel (0, 0) of the view is (0, 3) of the photo.
  assert.deepEqual(boxInPhoto(turned(photo, 90), [1, 1, 2, 3]), [1, 3, 3, 4]);
});

test("shrunk() brings a photo's shorter side to a length, and leaves a smaller photo", () => {
  const photo = pattern(60, 30);
  assert.equal(shrunk(photo, 30).image, photo);
  const { image, toPhoto } = shrunk(photo, 10);
  assert.deepEqual([image.width, image.height], [20, 10]);
  assert.deepEqual(toPhoto([0, 0]), [1, 1]); // the middle of three pixels
  assert.deepEqual(toPhoto([19, 9]), [58, 28]);
});

test("inGrey() stretches the grey levels of a photo in one colour from black to white", () => {
  const photo = pattern(40, 40);
  const blue = { ...photo, data: photo.data.map((value, i) => (i % 3 === 2 ? value : 0)) };
  const { data } = inGrey(blue);
  assert.ok(data.every((value, i) => value === data[i - (i % 3)]));
  assert.equal(Math.min(...data), 0);
  assert.equal(Math.max(...data), 255);
});
