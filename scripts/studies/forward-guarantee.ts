// By how much what is asked of an unchanged book rose through recorded crashes: what the past brought at held marks, and what the marks did.
//   node scripts/studies/forward-guarantee.ts rises --data DATA [--every 1] [--unlimited]    the guarantee, book by book
//   node scripts/studies/forward-guarantee.ts paths --data DATA [--every 6] [--models all]    peak to trough, ours and every portfolio rule
// Both take --params FILE and --from, --to: crashes that begin within them. --unlimited leaves shortfall.riseLimit out.
import { parseArgs } from "node:util";
import { parseInstant } from "../../src/cli/input/load.ts";
import { readText } from "../../src/cli/input/read-file.ts";
import { formatPercent } from "../../src/cli/output/format.ts";
import { startProgress } from "../../src/cli/output/progress.ts";
import { textTable } from "../../src/cli/output/table.ts";
import { type MarginParameters, parseMarginParameters, portfolioMarginId } from "../../src/risk/index.ts";
import { crashes } from "../../src/service/crash/plan.ts";
import { CrashMarkets } from "../../src/service/laboratory/crash-markets.ts";
import { ModelPanel } from "../../src/service/laboratory/models.ts";
import {
  crashPaths,
  type CrashWindow,
  type ForwardRise,
  forwardRises,
} from "../../src/service/laboratory/procyclicality.ts";
import { crashProcyclicality } from "../../src/service/laboratory/requirement-paths.ts";

const right = { align: "right" } as const;
const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 13);

function rises(markets: CrashMarkets, windows: readonly CrashWindow[], parameters: MarginParameters): void {
  const progress = startProgress("crashes", windows.length);
  const all: ForwardRise[] = windows.flatMap((window, done) => {
    progress.show(done, window.name);
    return forwardRises(markets, window, parameters, every);
  });
  progress.end();
  const largest = (list: readonly ForwardRise[], of: "hourShare" | "dayShare"): ForwardRise =>
    list.reduce((most, one) => (one[of] > most[of] ? one : most));
  const row = (name: string, list: readonly ForwardRise[]): string[] => {
    const [hour, day] = [largest(list, "hourShare"), largest(list, "dayShare")];
    return [
      name,
      String(list.reduce((sum, { instants }) => sum + instants, 0)),
      formatPercent(Math.max(0, hour.hourShare)),
      hour.hourShare > 0 ? dayOf(hour.hourFromMs) : "",
      formatPercent(Math.max(0, day.dayShare)),
      day.dayShare > 0 ? dayOf(day.dayFromMs) : "",
    ];
  };
  const columns = (first: string) => [
    { title: first },
    { title: "asked", ...right },
    { title: "1 h", ...right },
    { title: "from" },
    { title: "24 h", ...right },
    { title: "from" },
  ];
  const byBook = Map.groupBy(all, ({ book }) => book);
  const byCrash = Map.groupBy(all, ({ crash }) => crash);
  const promise = parameters.forwardGuarantee;
  const lines = [
    textTable(
      columns("Book"),
      [...byBook].map(([name, list]) => row(name, list)),
    ),
    textTable(
      columns("Crash"),
      [...byCrash].map(([name, list]) => row(name, list)),
    ),
    promise
      ? `promised: ${formatPercent(promise.hourShare)} within an hour, ${formatPercent(promise.dayShare)} within a day`
      : "nothing promised",
  ];
  process.stdout.write(`${lines.join("\n\n")}\n`);
}

function paths(markets: CrashMarkets, windows: readonly CrashWindow[], parameters: MarginParameters): void {
  const models = new ModelPanel(parameters, values.models === "all" ? "all" : values.models.split(","));
  const progress = startProgress("crashes", windows.length);
  const found = crashProcyclicality(
    crashPaths(markets, windows, {
      parameters,
      models,
      everyHours: every,
      progress: (done) => progress.show(done, windows[done]?.name ?? ""),
    }),
  );
  progress.end();
  const rules = models.studied.filter(({ isPortfolioRule }) => isPortfolioRule).map(({ id }) => id);
  const books = Map.groupBy(found, ({ book }) => book);
  const ratio = (model: string, list: typeof found, of: "measured" | "withMarks"): string => {
    const ratios = list.flatMap((one) => {
      const measured = one.model === model ? one[of]?.peakToTrough : null;
      return typeof measured === "number" && Number.isFinite(measured) ? [measured] : [];
    });
    return ratios.length === 0 ? "–" : Math.max(...ratios).toFixed(2);
  };
  const rows = [...books].map(([book, list]) => [
    book,
    ratio(portfolioMarginId, list, "measured"),
    ...rules.map((id) => ratio(id, list, "withMarks")),
  ]);
  const columns = [
    { title: "Largest peak ÷ trough" },
    { title: "ours, marks held", ...right },
    ...rules.map((id) => ({ title: id, ...right })),
  ];
  process.stdout.write(`${textTable(columns, rows)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", multiple: true },
    params: { type: "string", default: "params/plimsoll-margin.json" },
    every: { type: "string" },
    models: { type: "string", default: "all" },
    from: { type: "string", default: "2019-01-01" },
    to: { type: "string", default: "2030-01-01" },
    unlimited: { type: "boolean", default: false },
  },
});
const [command] = positionals;
const every = Number(values.every ?? (command === "paths" ? "6" : "1"));
if (
  (command !== "rises" && command !== "paths") ||
  !values.data ||
  !(Number.isInteger(every) && every >= 1)
) {
  process.stderr.write("usage: node scripts/studies/forward-guarantee.ts rises|paths --data DATA\n");
  process.exit(2);
}
const read = parseMarginParameters(await readText(values.params));
const { riseLimit: _riseLimit, ...unlimited } = read.shortfall;
const { forwardGuarantee: _promise, ...unpromised } = read;
const parameters: MarginParameters = values.unlimited ? { ...unpromised, shortfall: unlimited } : read;
const [fromMs, toMs] = [parseInstant(values.from, "--from"), parseInstant(values.to, "--to")];
const windows = crashes.filter(({ from }) => Date.parse(from) >= fromMs && Date.parse(from) < toMs);
const recorded = new CrashMarkets(values.data);
if (command === "rises") rises(recorded, windows, parameters);
else paths(recorded, windows, parameters);
