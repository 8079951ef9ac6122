export { ENGINES, type EngineCandidate } from "./candidates.ts";
export {
  type EngineChoice,
  type EngineProbe,
  probeEngines,
  type RejectedEngine,
  useEngine,
} from "./use-engine.ts";
