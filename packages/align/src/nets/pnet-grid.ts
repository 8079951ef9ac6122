/** Side of the window that P-Net looks at, and the distance between two windows, in pixels. */
export const PNET_WINDOW = 12;
export const PNET_STRIDE = 2;
