/**
 * The page's style. Colours are variables, so that charts follow light and dark, too; the accent is ours, everything else is grey. Numbers
 * are tabular.
 */
export const styleSheet = `
:root {
  --paper: #fdfcfa; --ink: #1d1f24; --soft: #5c616b; --faint: #8c919b; --line: #e4e1da; --wash: #f4f2ed;
  --ours: #0b6e7f; --ours-wash: #d3e7ea; --rival: #9aa0aa; --rival-dark: #666c77; --bad: #b23a2e; --bad-wash: #f6e3df; --good: #2f7d4f;
  --r1: #a8763e; --r2: #7d6aa8; --r3: #4f8a5b; --r4: #b0627c; --r5: #5b7fb5; --r6: #8a8a3a; --r7: #7a7f88;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --ink: #e8e6e1; --soft: #a6abb5; --faint: #7b808a; --line: #2c3038; --wash: #1c1f25;
    --ours: #4fc3d6; --ours-wash: #17363c; --rival: #6d737e; --rival-dark: #9aa0aa; --bad: #ec8577; --bad-wash: #3a2220; --good: #6fc090;
    --r1: #d3a066; --r2: #a898d3; --r3: #7fbb8b; --r4: #d991aa; --r5: #8fb0e0; --r6: #bcbc6a; --r7: #9aa0aa;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.6 "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia, serif;
  font-variant-numeric: oldstyle-nums;
}
main { max-width: 64rem; margin: 0 auto; padding: 4.5rem 1.5rem 6rem; }
h1, h2, h3 { font-weight: 600; line-height: 1.2; letter-spacing: -0.01em; text-wrap: balance; }
h1 { font-size: 2.3rem; margin: 0 0 0.4rem; }
h2 { font-size: 1.45rem; margin: 4.2rem 0 0.6rem; }
h3 { font-size: 1.08rem; margin: 2.2rem 0 0.4rem; }
p { max-width: 43rem; margin: 0 0 1rem; text-wrap: pretty; }
ul { max-width: 43rem; padding-left: 1.2rem; }
li { margin: 0.25rem 0; }
a { color: var(--ours); text-decoration-thickness: 1px; text-underline-offset: 0.15em; }
code { font: 0.82em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.meta, figcaption, .note, nav, table, svg text, summary, .key {
  font-family: "Inter", "Helvetica Neue", Helvetica, "Segoe UI", Arial, "Liberation Sans", sans-serif;
}
.meta { color: var(--soft); font-size: 0.84rem; margin-bottom: 2.2rem; }
.answer { font-size: 1.22rem; line-height: 1.55; max-width: 46rem; }
nav { font-size: 0.84rem; line-height: 1.9; color: var(--faint); max-width: 46rem; margin-top: 2rem; } nav a { white-space: nowrap; }
.note { color: var(--soft); font-size: 0.82rem; line-height: 1.5; max-width: 46rem; }
figure { margin: 2rem 0 1rem; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figcaption { color: var(--soft); font-size: 0.82rem; line-height: 1.5; margin-top: 0.6rem; max-width: 46rem; }
.scroll { overflow-x: auto; margin: 1rem 0 0.6rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.82rem; line-height: 1.35; font-variant-numeric: tabular-nums lining-nums; }
th { font-weight: 500; color: var(--soft); text-align: left; vertical-align: bottom; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--faint); }
td { padding: 0.36rem 0.9rem 0.36rem 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
th:last-child, td:last-child { padding-right: 0; }
th.n, td.n { text-align: right; white-space: nowrap; }
td.ours { color: var(--ours); font-weight: 600; }
tr.best td { background: var(--wash); }
td:first-child { min-width: 9.5rem; } td svg { display: block; }
.crashes { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1.6rem; }
.met { color: var(--good); } .missed, .fail { color: var(--bad); } .insufficient { color: var(--faint); }
.met, .missed, .insufficient, .pass, .fail { white-space: nowrap; }
.partial { color: var(--faint); }
.key { display: inline-flex; gap: 1.4rem; flex-wrap: wrap; font-size: 0.82rem; color: var(--soft); }
.key i { display: inline-block; width: 0.75rem; height: 0.75rem; border-radius: 50%; margin-right: 0.4rem; vertical-align: -0.08rem; }
details { margin: 0.8rem 0; }
summary { cursor: pointer; font-size: 0.85rem; color: var(--soft); }
.hash { color: var(--faint); word-break: break-all; }
@media (max-width: 44rem) {
  body { font-size: 16px; } main { padding: 2.2rem 1.1rem 4rem; } h1 { font-size: 1.8rem; }
  figure { overflow-x: auto; } figure svg { min-width: 38rem; }
}
@media print {
  :root {
    --paper: #fff; --ink: #000; --soft: #444; --faint: #777; --line: #ddd; --wash: #f4f4f4; --ours: #0b6e7f; --ours-wash: #d3e7ea;
    --rival: #9aa0aa; --rival-dark: #666c77; --bad: #b23a2e; --good: #2f7d4f;
    --r1: #a8763e; --r2: #7d6aa8; --r3: #4f8a5b; --r4: #b0627c; --r5: #5b7fb5; --r6: #8a8a3a; --r7: #7a7f88;
    color-scheme: light;
  }
  @page { margin: 18mm 16mm; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  h2 { margin-top: 2rem; break-after: avoid; } figure, tr { break-inside: avoid; }
  nav { display: none; } .scroll { overflow: visible; } table { font-size: 7.2pt; } thead { display: table-header-group; }
  th, td { padding-right: 0.4rem; } td:first-child { min-width: 0; }
}
`;
