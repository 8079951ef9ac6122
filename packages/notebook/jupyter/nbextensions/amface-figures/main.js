// Draws plotly.js figures in Jupyter Notebook up to 6, which shows their pictures otherwise.
define(["base/js/namespace", "notebook/js/outputarea"], (Jupyter, { OutputArea }) => {
  const MIME = "application/vnd.plotly.v1+json";

  /** Bundles of plotly.js, which start-jupyter.ts lets the server find. */
  const bundleOf = (figure) =>
    figure.data.some(({ type }) => /3d|surface/.test(type)) ? "plotly-gl3d.min" : "plotly-basic.min";

  const loaded = {};
  /** plotly.js takes a global name; each bundle is kept before the next one takes it over. */
  const load = (bundle) => {
    loaded[bundle] ??= new Promise((resolve, reject) => {
      requirejs([`nbextensions/${bundle}`], () => resolve(window.Plotly), reject);
    });
    return loaded[bundle];
  };

  function append(figure, metadata, element) {
    const area = this.create_output_subarea(metadata, "output_plotly rendered_html", MIME);
    const place = document.createElement("div");
    place.style.height = `${figure.layout?.height ?? 420}px`;
    area.append(place);
    element.append(area);
    // A figure belongs to the notebook; plotly.js writes into what it draws.
    const { data, layout } = structuredClone(figure);
    load(bundleOf(figure)).then((Plotly) => Plotly.newPlot(place, data, layout, { responsive: true }));
    return area;
  }

  function load_ipython_extension() {
    OutputArea.prototype.register_mime_type(MIME, append, { safe: true, index: 0 });
    for (const { output_area } of Jupyter.notebook.get_cells()) {
      const outputs = output_area?.toJSON() ?? [];
      if (!outputs.some(({ data }) => data?.[MIME])) continue;
      output_area.clear_output(false, true);
      output_area.fromJSON(outputs);
    }
  }
  return { load_ipython_extension };
});
