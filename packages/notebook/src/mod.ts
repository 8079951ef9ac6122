export { type ContactSheetOptions, contactSheet } from "@amface/images";
export { cellSignal } from "./cell-signal.ts";
export { type Cell, type CellOutput, type Notebook, NotebookFormatError, readNotebook } from "./ipynb.ts";
export { LiveFigure, LiveText } from "./live.ts";
export { markPoints } from "./mark-points.ts";
export type { ParameterValue } from "./parameters.ts";
export { type Figure, type FigureSize, figurePng } from "./plotly-png.ts";
export { NotebookError, type NotebookRun, type RunNotebookOptions, runNotebook } from "./run-notebook.ts";
export { type ShowFigureOptions, show } from "./show.ts";
export {
  JupyterMissingError,
  jupyterEnvironment,
  type StartJupyterOptions,
  startJupyter,
} from "./start-jupyter.ts";
export { type Row, renderTable, type TableLike } from "./table-html.ts";
