import { CROP_SIZE, type CropSize, checkCropSize, checkRgbImage, type RgbImage } from "@amface/images";
import { resizeArea } from "./resize-area.ts";

/**
 * The middle of a photo, for photos in which no face was found: half as high and wide as the largest
 * centred rectangle of the crop's proportions. That is about what an aligned face takes up in data sets
 * whose photos are cut generously around a face, such as LFW.
 */
export function centerCrop(image: RgbImage, size: CropSize = CROP_SIZE): RgbImage {
  checkRgbImage(image, "crop the centre");
  checkCropSize(size);
  const scale = Math.min(image.height / size.height, image.width / size.width) / 2;
  const height = Math.max(1, Math.round(size.height * scale));
  const width = Math.max(1, Math.round(size.width * scale));
  const left = Math.floor((image.width - width) / 2);
  const top = Math.floor((image.height - height) / 2);
  return resizeArea(image, { left, top, width, height }, size.height, size.width);
}
