import type { TopLevelSpec } from "vega-lite";
import { type HeadlineComparison, type LaboratoryResult } from "../analyse.ts";
import { markedTitleOf } from "../answer.ts";
import { type PooledFrontier } from "../curves.ts";
import { type Track } from "../observations.ts";
import { hoursText, lessText, shareText, typesText } from "../texts.ts";

// colours are the page's variables: charts follow light and dark
const ours = "var(--ours)";
const rivalColours = ["r1", "r2", "r3", "r4", "r5", "r6", "r7"].map((name) => `var(--${name})`);

const config = {
  background: "transparent",
  padding: { left: 2, right: 4, top: 4, bottom: 4 },
  font: "Helvetica, Arial, sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: "var(--soft)",
    titleColor: "var(--soft)",
    gridColor: "var(--line)",
    tickColor: "var(--line)",
    domain: false,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal" as const,
    labelLimit: 400,
  },
} as const;

const percentLabels = "format(100 * datum.value, '~r') + ' %'";

/** Few digits times powers of ten from `low` to `high`: the finer the closer these are. */
function ticks(
  low: number,
  high: number,
  steps: readonly number[] = high / low > 30
    ? [1, 2, 5]
    : high / low > 3
      ? [1, 1.5, 2, 3, 5, 7]
      : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9],
): readonly number[] {
  const found: number[] = [];
  for (let power = -6; power <= 2; power++) {
    for (const step of steps) {
      const tick = Number(`${step}e${power}`);
      if (tick >= low && tick <= high) found.push(tick);
    }
  }
  return found;
}

/** A rival that would take more than this share of notional in the mean is as good as never safe, and would leave no room for the others. */
const mostShown = 5;

const isShown = ({ all }: HeadlineComparison): boolean =>
  Number.isFinite(all.ratio) && all.rival <= mostShown;

const atHeadline = (result: LaboratoryResult): readonly HeadlineComparison[] =>
  result.headline.filter(({ horizonHours }) => horizonHours === result.headlineHours);

/** What each rival takes beside ours, at equal safety, over the types that both margin. Null where there is none to compare. */
export function capitalChart(result: LaboratoryResult): TopLevelSpec | null {
  const rows = atHeadline(result)
    .filter(isShown)
    .map((one) => ({ one, model: result.models.find(({ id }) => id === one.rival)! }))
    .sort(
      (a, b) =>
        Number(b.model.isPortfolioRule) - Number(a.model.isPortfolioRule) ||
        b.one.all.ratio - a.one.all.ratio,
    )
    .map(({ one, model }, at) => ({
      isPortfolioRule: model.isPortfolioRule,
      // fixed rates stand apart below the portfolio rules
      place: 28 * (at + (model.isPortfolioRule ? 0.5 : 1.1)),
      title: `${model.title}${model.isPartial ? " *" : ""}`,
      ours: one.all.ours,
      rival: one.all.rival,
      difference: lessText(one.all.ratio),
      types: typesText(one.all.types),
    }));
  const last = rows.at(-1);
  if (last === undefined) return null;
  const shares = rows.flatMap((row) => [row.ours, row.rival]).filter((share) => share > 0);
  const [low, high] = [0.85 * Math.min(...shares), 1.15 * Math.max(...shares)];
  const x = (field: string) => ({
    field,
    type: "quantitative" as const,
    title: "capital at equal safety, share of notional (log)",
    scale: { type: "log" as const, domain: [low, high], nice: false },
    axis: { values: [...ticks(low, high)], labelExpr: percentLabels },
  });
  const y = { field: "place", type: "quantitative" as const, scale: null, axis: null };
  const dots = (field: "ours" | "rival", size: number, color: string) => ({
    mark: { type: "point" as const, filled: true, size, opacity: 1, color },
    encoding: { y, x: x(field) },
  });
  const words = (at: number, field: string, mark: object) => ({
    mark: { type: "text" as const, fontSize: 12.5, ...mark },
    encoding: { y, x: { value: at }, text: { field } },
  });
  // widths of texts are not known where there is no screen: places are fixed for the longest title
  const left = Math.round(6.6 * Math.max(...rows.map(({ title }) => title.length))) + 14;
  const plot = 800 - left - 170;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    config,
    autosize: { type: "none" },
    padding: { left, right: 170, top: 6, bottom: 46 },
    data: { values: rows },
    width: plot,
    height: last.place + 16,
    layer: [
      {
        mark: { type: "rule", color: "var(--line)", strokeWidth: 6, strokeCap: "round" },
        encoding: { y, x: x("ours"), x2: { field: "rival" } },
      },
      dots("rival", 90, "var(--rival-dark)"),
      dots("ours", 130, ours),
      words(-14, "title", { align: "right", color: "var(--ink)" }),
      words(plot + 16, "difference", { align: "left", fontWeight: "bold", color: "var(--ink)" }),
      words(plot + 110, "types", { align: "left", color: "var(--faint)" }),
    ],
  };
}

/** Titles of rivals that {@link capitalChart} leaves out, since hardly any scale makes them safe. */
export const neverSafe = (result: LaboratoryResult): readonly string[] =>
  atHeadline(result)
    .filter((one) => !isShown(one) && (one.all.rivalUnsafe > 0 || one.all.rival > mostShown))
    .map(({ rival }) => markedTitleOf(result, rival));

const width = 600;
const height = 330;
const rates = [0.0005, 0.1] as const;

/** Capital against realised breach rate of one track at the headline horizon. Null where no model has a line within the axes. */
export function frontierChart(result: LaboratoryResult, track: Track): TopLevelSpec | null {
  const lines = result.frontiers
    .filter((one) => one.track === track && one.horizonHours === result.headlineHours)
    .map((line) => ({ line, points: within(line) }))
    .filter(({ points }) => points.length >= 2);
  const capitals = lines.flatMap(({ points }) => points.map(({ capital }) => capital));
  if (!lines.some(({ line }) => line.model === result.ours.id)) return null;
  const [low, high] = [0.9 * Math.min(...capitals), 1.1 * Math.max(...capitals)];
  const pixel = (capital: number): number => (height * Math.log(high / capital)) / Math.log(high / low);
  const ends = lines
    .map(({ line, points }) => ({ model: line.model, end: points.at(-1)! }))
    .sort((a, b) => b.end.capital - a.end.capital);
  const labelAt = apart(
    ends.map(({ end }) => pixel(end.capital)),
    15,
    height,
  );
  let next = 0;
  const colours = ends.map(({ model }) =>
    model === result.ours.id ? ours : rivalColours[next++ % rivalColours.length]!,
  );
  const order = ends.map(({ model }) => model);
  const labels = ends.map(({ model, end }, at) => {
    const { title, isPartial } = result.models.find(({ id }) => id === model)!;
    return {
      model,
      title: `${title}${isPartial ? " *" : ""}`,
      rate: end.rate,
      capital: end.capital,
      labelY: labelAt[at]!,
      isOurs: model === result.ours.id,
    };
  });
  const data = lines.flatMap(({ line, points }) =>
    points.map((point) => ({ ...point, model: line.model, isOurs: line.model === result.ours.id })),
  );
  const published = lines.flatMap(({ line }) =>
    line.points
      .filter(
        ({ scale, rate, capital }) =>
          scale === 1 && rate >= rates[0] && rate <= rates[1] && capital <= high && capital >= low,
      )
      .map((point) => ({ ...point, model: line.model })),
  );
  const x = {
    field: "rate",
    type: "quantitative" as const,
    title: `share of windows of ${hoursText(result.headlineHours)} that lost more, mean over types (log)`,
    scale: { type: "log" as const, domain: [...rates], nice: false, clamp: true },
    axis: { values: [...ticks(rates[0], rates[1])], labelExpr: percentLabels },
  };
  const y = {
    field: "capital",
    type: "quantitative" as const,
    title: "capital, share of notional (log)",
    scale: { type: "log" as const, domain: [low, high], nice: false },
    axis: { values: [...ticks(low, high)], labelExpr: percentLabels },
  };
  const color = {
    field: "model",
    type: "nominal" as const,
    scale: { domain: order, range: colours },
    legend: null,
  };
  const pixelY = { field: "labelY", type: "quantitative" as const, scale: null };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    config,
    width,
    height,
    layer: [
      {
        data: { values: [{ rate: result.targets[0] ?? 0.01 }] },
        mark: { type: "rule", color: "var(--faint)", strokeDash: [3, 3] },
        encoding: { x },
      },
      {
        data: { values: data },
        mark: { type: "line", interpolate: "monotone", strokeJoin: "round" },
        encoding: {
          x,
          y,
          color,
          detail: { field: "model" },
          strokeWidth: { condition: { test: "datum.isOurs", value: 3.2 }, value: 1.4 },
        },
      },
      {
        data: { values: published },
        mark: { type: "point", filled: true, size: 42, opacity: 1 },
        encoding: { x, y, color },
      },
      {
        data: { values: labels },
        mark: { type: "text", align: "left", fontSize: 11.5 },
        encoding: { x: { value: width + 10 }, y: pixelY, text: { field: "title" }, color },
      },
    ],
  };
}

interface Point {
  readonly rate: number;
  readonly capital: number;
}

/** The part of a line between the axes' ends, the last point on the right one, rates rising. One point for each rate: the cheapest. */
function within({ points }: PooledFrontier): readonly Point[] {
  const rising = points
    .filter(({ rate, capital }) => rate > 0 && capital > 0)
    .sort((a, b) => a.rate - b.rate || a.capital - b.capital);
  const distinct = rising.filter(({ rate }, at) => at === 0 || rate > rising[at - 1]!.rate);
  const [low, high] = rates;
  const inside = distinct.filter(({ rate }) => rate >= low && rate <= high);
  const beyond = distinct.find(({ rate }) => rate > high);
  const last = inside.at(-1);
  if (last && beyond) {
    const share = Math.log(high / last.rate) / Math.log(beyond.rate / last.rate);
    return [...inside, { rate: high, capital: last.capital * (beyond.capital / last.capital) ** share }];
  }
  return inside;
}

/** Positions of labels from top to bottom, moved as little as one pass down and one up can, at least `gap` apart. */
function apart(wanted: readonly number[], gap: number, bottom: number): readonly number[] {
  const at: number[] = [];
  for (const [index, place] of wanted.entries())
    at.push(Math.max(place, index === 0 ? 0 : at[index - 1]! + gap));
  for (let index = at.length - 1; index >= 0; index--) {
    const limit = index === at.length - 1 ? bottom : at[index + 1]! - gap;
    at[index] = Math.min(at[index]!, limit);
  }
  return at;
}

/** Requirement of one unchanged book through one crash, marks held, by model. */
export function crashChart(result: LaboratoryResult, crash: string, book: string): TopLevelSpec | null {
  const lines = result.procyclicality.filter((one) => one.crash === crash && one.book === book);
  if (lines.length === 0) return null;
  const data = lines.flatMap(({ model, timesMs, index }) =>
    timesMs.map((timeMs, at) => ({ model, timeMs, index: index[at]!, isOurs: model === result.ours.id })),
  );
  const [low, high] = [
    Math.min(0.98, ...data.map(({ index }) => index)),
    Math.max(1.02, ...data.map(({ index }) => index)),
  ];
  const x = {
    field: "timeMs",
    type: "temporal" as const,
    scale: { type: "utc" as const },
    title: null,
    axis: { format: "%e %b", tickCount: 5 },
  };
  const y = {
    field: "index",
    type: "quantitative" as const,
    scale: { domain: [low, high], zero: false },
    title: "requirement ÷ at the start",
    axis: { tickCount: 4 },
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    config,
    width: 330,
    height: 150,
    title: {
      text: crash,
      subtitle: book,
      anchor: "start",
      color: "var(--ink)",
      subtitleColor: "var(--soft)",
      fontSize: 13,
      subtitleFontSize: 11.5,
    },
    layer: [false, true].map((isOurs) => ({
      data: { values: data.filter((one) => one.isOurs === isOurs) },
      mark: { type: "line" as const, color: isOurs ? ours : "var(--rival)", strokeWidth: isOurs ? 2.6 : 1.1 },
      encoding: { x, y, detail: { field: "model" } },
    })),
  };
}

/** For screen readers: what the first chart shows, in words. */
export const capitalWords = (result: LaboratoryResult): string =>
  result.headline
    .filter(({ horizonHours, all }) => horizonHours === result.headlineHours && Number.isFinite(all.ratio))
    .map(
      ({ rival, all }) =>
        `${markedTitleOf(result, rival)} ${shareText(all.rival)}, ours ${shareText(all.ours)}`,
    )
    .join("; ");
