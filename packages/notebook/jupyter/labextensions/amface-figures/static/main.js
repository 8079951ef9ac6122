// Draws plotly.js figures in JupyterLab 4 and Jupyter Notebook 7. A prebuilt extension is a container of webpack's module
// federation; this one is written by hand: it takes the front end's own Widget and loads plotly.js with the first figure.
(() => {
  const MIME = "application/vnd.plotly.v1+json";
  const folder = document.currentScript.src.replace(/[^/]*$/, "");

  /** Bundles of plotly.js, which the package puts beside this file. */
  const bundleOf = (figure) =>
    figure.data.some(({ type }) => /3d|surface/.test(type)) ? "plotly-gl3d.min.js" : "plotly-basic.min.js";

  const loaded = {};
  /** plotly.js takes a global name; each bundle is kept before the next one takes it over. */
  function load(bundle) {
    loaded[bundle] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error(`expected ${bundle} beside the extension, got none`));
      script.src = folder + bundle;
      document.head.append(script);
    });
    return loaded[bundle];
  }

  function extension({ Widget }) {
    class FigureWidget extends Widget {
      #plotly;

      async renderModel({ data: { [MIME]: figure, "image/png": png } }) {
        // A figure belongs to the notebook; plotly.js writes into what it draws.
        const { data, layout } = structuredClone(figure);
        this.node.style.height = `${layout?.height ?? 420}px`;
        try {
          this.#plotly = await load(bundleOf(figure));
        } catch (error) {
          if (!png) throw error;
          this.node.innerHTML = `<img src="data:image/png;base64,${png}" title="not interactive: ${error.message}">`;
          return;
        }
        // Drawn anew in place where a live figure changes.
        await this.#plotly.react(this.node, data, layout, { responsive: true });
      }

      onResize() {
        if (this.isVisible) this.#plotly?.Plots.resize(this.node);
      }

      dispose() {
        this.#plotly?.purge(this.node);
        super.dispose();
      }
    }
    const createRenderer = () => new FigureWidget();
    return {
      id: "amface-figures:mime",
      // Safe: plotly.js takes no script from a figure, so that it is drawn in notebooks that nobody trusted yet.
      rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer },
      rank: 0,
      dataType: "json",
    };
  }

  let shared;
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["amface-figures"] = {
    init: (scope) => {
      shared = scope;
    },
    get: async () => {
      const [widgets] = Object.values(shared["@lumino/widgets"]);
      const plugin = extension((await widgets.get())());
      return () => plugin;
    },
  };
})();
