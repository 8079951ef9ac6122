export { type CardFigure, type ModelCard, parseModelCard } from "./model-card.ts";
export {
  hasWeights,
  listWeights,
  readWeights,
  WEIGHTS_DIR,
  type Weights,
  type WeightsName,
} from "./read-weights.ts";
export { renderCard } from "./render-card.ts";
export { WeightsError } from "./weights-error.ts";
