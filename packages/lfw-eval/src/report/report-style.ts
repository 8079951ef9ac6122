/** Style of a report. It fits a phone and paper too. */
export const REPORT_STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; font-weight: 600; }
h2 { margin: 2.5rem 0 .75rem; border-bottom: 1px solid #ddd; padding-bottom: .25rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
section { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; border-bottom: 1px solid #eee; vertical-align: top; }
th { font-weight: 600; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.value { overflow-wrap: anywhere; }
.few { color: #767676; }
.warning { border-left: 4px solid #e69f00; padding-left: .75rem; }
.chart { height: 26rem; margin: 1rem 0; }
.slider { display: flex; gap: 1rem; align-items: center; margin: 1rem 0; }
.slider input { flex: 1; }
.slider output { min-width: 3.5em; font-variant-numeric: tabular-nums; }
.pairs { display: flex; flex-wrap: wrap; gap: 1rem; }
.pairs figure { margin: 0; width: 14rem; }
.picture { position: relative; display: inline-block; margin-right: .2rem; line-height: 0; }
.picture img { height: 8rem; width: auto; max-width: 6.8rem; object-fit: contain; }
.picture svg { position: absolute; inset: 0; width: 100%; height: 100%; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; }
.error { color: #b34700; }
@media print { .slider { display: none; } }
`;
