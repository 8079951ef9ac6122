import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonShape, parseJson } from "../src/mod.ts";

interface Photo {
  readonly path: string;
  readonly size: readonly [number, number];
  readonly kind: "png" | "jpeg";
  readonly tags?: readonly { readonly name: string }[];
}

const { fields, listOf, number, oneOf, optional, text } = jsonShape;
const PHOTO = fields<Photo>({
  path: text,
  size: listOf(number, 2),
  kind: oneOf("png", "jpeg"),
  tags: optional(listOf(fields<{ name: string }>({ name: text }))),
});
const photo = { path: "a.png", size: [2, 3], kind: "png" };

test("parseJson() gives what has the shape as it stands, fields that nobody asked for among it", () => {
  for (const value of [photo, { ...photo, tags: [{ name: "x" }], more: [1] }]) {
    assert.deepEqual(parseJson<Photo>(JSON.stringify(value), PHOTO), value);
  }
});

test("recordOf() wants one shape of all values, whatever their names", () => {
  const shape = fields<{ sizes: object }>({ sizes: jsonShape.recordOf(number) });
  assert.deepEqual(parseJson('{"sizes":{"a":1,"b":2}}', shape), { sizes: { a: 1, b: 2 } });
  for (const [json, message] of [
    ['{"sizes":{"a":1,"b":"2"}}', 'sizes.b: expected a number, got "2"'],
    ['{"sizes":[1]}', "sizes: expected an object, got [1]"],
  ]) {
    assert.throws(() => parseJson(json, shape), { name: "TypeError", message });
  }
});

test("parseJson() names the field that is wrong, what was expected and what was got", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [null, "expected an object, got null"],
    [[photo], `expected an object, got ${JSON.stringify([photo]).slice(0, 39)}…`],
    [{ ...photo, path: undefined }, "path: expected text, got nothing"],
    [{ ...photo, size: [1] }, "size: expected a list of 2, got [1]"],
    [{ ...photo, size: [1, "2"] }, 'size[1]: expected a number, got "2"'],
    [{ ...photo, kind: "gif" }, 'kind: expected png or jpeg, got "gif"'],
    [{ ...photo, tags: [{ name: "x" }, {}] }, "tags[1].name: expected text, got nothing"],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => parseJson<Photo>(JSON.stringify(value), PHOTO), { name: "TypeError", message });
  }
  assert.throws(() => parseJson("{", PHOTO), SyntaxError);
});
