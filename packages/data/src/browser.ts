/* What needs no module of Node: generated people, and seeded randomness. */
export type { FaceBox, FaceLandmarks } from "./faces/draw-person.ts";
export { faceLandmarks, type RenderedFace, type RenderOptions, renderFace } from "./faces/render-face.ts";
export { type RenderedScene, renderScene, type SceneFace, type SceneOptions } from "./faces/render-scene.ts";
export { Random } from "./numbers/random.ts";
