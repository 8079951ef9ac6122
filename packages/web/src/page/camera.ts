import type { Face } from "@amface/align";
import { ask } from "./ask.ts";
import { element, problem, shape } from "./element.ts";
import { showLoading } from "./progress.ts";

let close = () => {};

/** Closes the camera where it is open, or being asked for. */
export function closeCamera(): void {
  close();
}

/**
 * Shows what the camera sees with boxes around faces, until a photo is taken or the view is closed; what goes wrong is
 * shown too. One camera is open at a time.
 *
 * @param area Where to show it.
 * @param opener Gets the focus back.
 */
export async function openCamera(
  area: HTMLElement,
  opener: HTMLElement,
  onPhoto: (photo: Blob) => void,
): Promise<void> {
  closeCamera();
  let open = true;
  let stream: MediaStream | undefined;
  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  const end = () => {
    if (!open) return;
    open = false;
    stop();
    area.replaceChildren();
    area.hidden = true;
  };
  close = end;
  area.replaceChildren(element("p", { role: "status" }, "Asking for the camera …"));
  area.hidden = false;
  try {
    stream = await camera();
    if (!open) return stop();
    await show(stream, area, {
      isOpen: () => open,
      end: (photo) => {
        if (!open) return;
        end();
        opener.focus();
        if (photo) onPhoto(photo);
      },
    });
  } catch (error) {
    stop();
    if (open) area.replaceChildren(problem(error));
  }
}

interface View {
  isOpen(): boolean;
  /** @param photo Where one was taken. */
  end(photo?: Blob): void;
}

async function show(srcObject: MediaStream, area: HTMLElement, { isOpen, end }: View): Promise<void> {
  const video = element("video", {
    srcObject,
    muted: true,
    playsInline: true,
    "aria-label": "What the camera sees",
  });
  const boxes = shape("svg", { "aria-hidden": "true" });
  const status = element("p", { class: "small" });
  const take = element("button", { type: "button" }, "Take the photo");
  const shut = element("button", { type: "button", onclick: () => end() }, "Close the camera");
  take.addEventListener("click", () => {
    photoOf(video).then(end, (error) => status.replaceChildren(problem(error)));
  });
  area.replaceChildren(
    element("div", { class: "photo" }, video, boxes),
    element("div", { class: "inputs" }, take, shut),
    status,
  );
  await video.play();
  take.focus();
  await follow(video, boxes, status, isOpen);
}

async function camera(): Promise<MediaStream> {
  const mend = "choose a photo instead";
  if (!navigator.mediaDevices)
    throw new Error(`Cannot use a camera: this page is no secure context; ${mend}, or open it over https`);
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 640 }, height: { ideal: 480 } },
    });
  } catch (cause) {
    const { name, message } = cause as Error;
    const why =
      name === "NotAllowedError"
        ? "it is blocked for this page; allow it in the browser's settings of the site"
        : name === "NotFoundError"
          ? "there is none"
          : message;
    throw new Error(`Cannot use a camera: ${why}, or ${mend}`, { cause });
  }
}

/** Looks for faces in one frame after the other. */
async function follow(
  video: HTMLVideoElement,
  boxes: SVGElement,
  status: HTMLElement,
  isOpen: () => boolean,
): Promise<void> {
  let frames = 0;
  const start = performance.now();
  while (isOpen()) {
    try {
      const frame = await createImageBitmap(video);
      boxes.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
      const { faces, tensors } = await ask("look", frame, showLoading, [frame]);
      boxes.replaceChildren(...faces.map(boxOf));
      frames++;
      const rate = frames / ((performance.now() - start) / 1000);
      status.textContent = `${faces.length === 1 ? "1 face" : `${faces.length} faces`}, ${rate.toFixed(1)} frames a second`;
      Object.assign(status.dataset, { frames, tensors });
    } catch (error) {
      if (isOpen()) status.replaceChildren(problem(error));
      return;
    }
  }
}

const boxOf = ({ box: [x1, y1, x2, y2] }: Face) =>
  shape("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: "face main" });

async function photoOf(video: HTMLVideoElement): Promise<Blob> {
  const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error("Cannot take a photo: the camera shows nothing yet")),
      "image/png",
    );
  });
}
