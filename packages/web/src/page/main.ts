import type { Box } from "../box.ts";
import { ask } from "./ask.ts";
import { closeCamera } from "./camera.ts";
import { byId, problem } from "./element.ts";
import { startEvaluate } from "./evaluate.ts";
import { startExplore } from "./explore.ts";
import { describeBox, describeHere } from "./here.ts";
import { startServiceWorker } from "./service-worker.ts";
import { startTabs } from "./tabs.ts";
import { startTrain } from "./train.ts";
import { startVerify } from "./verify.ts";

async function start(): Promise<void> {
  startTabs(closeCamera);
  let box: Box | undefined;
  if (await startServiceWorker(() => box && describeHere(box))) return;
  box = await ask("open", new URL(".", location.href).href);
  describeBox(box);
  startVerify(box);
  startExplore(box);
  startTrain();
  startEvaluate(box);
  describeHere(box);
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => byId("verify").append(problem(error)));
