/* What needs no module of Node. */
export { type CardFigure, type ModelCard, parseModelCard } from "./model-card.ts";
export { renderCard } from "./render-card.ts";
export { WeightsError } from "./weights-error.ts";
