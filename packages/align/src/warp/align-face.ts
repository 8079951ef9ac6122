import { CROP_SIZE, type CropSize, faceTemplate, type RgbImage } from "@amface/images";
import type { Landmarks } from "./face.ts";
import { similarityTransform } from "./similarity-transform.ts";
import { warpAffine } from "./warp-affine.ts";

/**
 * Cuts a face out of a photo so that its landmarks lie on the template as well as a similarity can bring
 * them there. Where the crop reaches beyond the photo it is black.
 *
 * @param landmarks Pixels of the photo, as `detectFaces` gives them.
 * @param size Crop size in pixels (default 112 high, 96 wide).
 * @throws {TypeError} When the pixels are no bytes.
 * @throws {RangeError} When the landmarks are all the same or a size makes no sense.
 */
export function alignFace(image: RgbImage, landmarks: Landmarks, size: CropSize = CROP_SIZE): RgbImage {
  return warpAffine(image, similarityTransform(landmarks, faceTemplate(size)), size.height, size.width);
}
