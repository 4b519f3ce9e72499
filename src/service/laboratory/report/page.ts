import type { TopLevelSpec } from "vega-lite";
import { type LaboratoryResult } from "../analyse.ts";
import { answerSentences } from "../answer.ts";
import { type Track } from "../observations.ts";
import { hoursText, levelText, typesText } from "../texts.ts";
import { efficiencySection, rivalsSection, typesSection, weaknessSection } from "./capital-sections.ts";
import { capitalChart, capitalWords, crashChart, frontierChart, neverSafe } from "./charts.ts";
import { markup, Markup } from "./markup.ts";
import { methodSection } from "./method-section.ts";
import { crashFundSection } from "./crash-fund-section.ts";
import { crashTable, targetsSection, verdictSection } from "./safety-sections.ts";
import { ownScaleSection, shortfallSection } from "./own-sections.ts";
import { styleSheet } from "./style.ts";
import { dayText } from "./table.ts";

/** Draws a chart as SVG. */
export type DrawChart = (spec: TopLevelSpec) => Promise<string>;

/** Draws a chart into the page, named in words for who can't see it. */
type Drawn = (spec: TopLevelSpec | null, words: string) => Promise<Markup | null>;

/** The report as one page that needs nothing else: no network, no script. */
export async function reportPage(result: LaboratoryResult, draw: DrawChart): Promise<string> {
  let charts = 0;
  const drawn: Drawn = async (spec, words) =>
    spec === null ? null : inline(await draw(spec), words, `c${++charts}`);
  const capital = await capitalFigure(result, drawn);
  const frontiers = await frontierFigures(result, drawn);
  const crashes = await crashSection(result, drawn);
  const from = Math.min(...result.coverage.map(({ fromMs }) => fromMs));
  const to = Math.max(...result.coverage.map(({ toMs }) => toMs));
  const { sections, contents } = withContents(markup`${targetsSection(result)}
<h2>The frontier</h2>
<p>What each model’s requirement, made larger or smaller by one factor, would have cost and let through out of sample. Lower is better: less capital at the
same rate of breaches. The dot is the requirement as published, the dashed line the target.</p>
${frontiers}
${rivalsSection(result)}
${typesSection(result)}
${verdictSection(result)}
${ownScaleSection(result)}
${shortfallSection(result)}
${crashFundSection(result)}
${crashes}
${efficiencySection(result)}
${weaknessSection(result)}
${methodSection(result)}`);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What margin costs at equal safety</title>
<style>${new Markup(styleSheet)}</style>
</head>
<body>
<main>
<h1>What margin costs at equal safety</h1>
<p class="meta">${dayText(from)} to ${dayText(to)} · ${result.books.length} books · ${result.models.length} models · ${result.requirement} margin</p>
<p class="answer">${answerSentences(result).join(" ")}</p>
${capital}
${contents}
${sections}
</main>
</body>
</html>
`.text;
}

/** Sections with an address each, and the list of them. */
function withContents({ text }: Markup): { readonly sections: Markup; readonly contents: Markup } {
  const titles = [...text.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, title]) => title!);
  let section = 0;
  const sections = text.replaceAll("<h2>", () => `<h2 id="s${++section}">`);
  const links = titles.map((title, at) => `<a href="#s${at + 1}">${title}</a>`);
  return { sections: new Markup(sections), contents: new Markup(`<nav>${links.join(" · ")}</nav>`) };
}

const key = (rival: string, colour: string, ours: string): Markup =>
  markup`<p class="key"><span><i style="background:var(--ours)"></i>${ours}</span><span><i style="background:var(--${colour})"></i>${rival}</span></p>`;

async function capitalFigure(result: LaboratoryResult, drawn: Drawn): Promise<Markup | null> {
  const chart = await drawn(capitalChart(result), `Capital at equal safety: ${capitalWords(result)}`);
  if (!chart) return null;
  const unsafe = neverSafe(result);
  return markup`<figure>${key("each other model", "rival-dark", result.ours.title)}
${chart}<figcaption>Mean capital over the types that both margin, out of sample, each model scaled so that every type it margins meets ${levelText(
    result.targets[0] ?? 0.01,
  )} over ${hoursText(result.headlineHours)} in training. Above, portfolio rules; below, fixed rates and isolated rules. * emulated in part: it would ask for more.${
    unsafe.length > 0
      ? ` Not shown: ${unsafe.join(", ")}; some type loses where next to nothing is asked, so that no reasonable scale makes it safe.`
      : ""
  }</figcaption></figure>`;
}

const trackTitles: Readonly<Record<Track, string>> = {
  "delta-one": "Perpetuals, futures and coins",
  staked: "Staked collateral",
  options: "Options, recorded chains",
  "simulated-options": "Options, simulated surface",
};

async function frontierFigures(result: LaboratoryResult, drawn: Drawn): Promise<readonly Markup[]> {
  const figures: Markup[] = [];
  const lines = result.frontiers.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  for (const track of new Set(lines.map((line) => line.track))) {
    const title = trackTitles[track];
    const chart = await drawn(frontierChart(result, track), `Capital against realised breach rate, ${title}`);
    if (!chart) continue;
    const types = lines.find((line) => line.track === track)?.types.length ?? 0;
    figures.push(
      markup`<h3>${title}</h3><figure>${chart}<figcaption>Over ${typesText(types)} that all these models margin.</figcaption></figure>`,
    );
  }
  return figures.length > 0 ? figures : [markup`<p>No line lies within the axes.</p>`];
}

/** Most small charts of crashes: of two books. */
const crashesShown = 24;

/** The first book, and the one of which ours asks most more than at a crash's start. */
function booksDrawn({ procyclicality, ours }: LaboratoryResult): ReadonlySet<string> {
  const rises = procyclicality
    .filter(({ model }) => model === ours.id)
    .map(({ book, index }) => ({ book, most: Math.max(...index) }))
    .sort((a, b) => b.most - a.most);
  return new Set([procyclicality[0]?.book ?? "", rises[0]?.book ?? ""]);
}

async function crashSection(result: LaboratoryResult, drawn: Drawn): Promise<Markup> {
  const title = markup`<h2>Through crashes</h2>`;
  const pairs = new Map(
    result.procyclicality.map(({ crash, book }) => [`${crash}\n${book}`, { crash, book }]),
  );
  if (pairs.size === 0) return markup`${title}<p>Not measured in this run.</p>`;
  const drawnBooks = booksDrawn(result);
  const charts: Markup[] = [];
  const chosen = [...pairs.values()].filter(({ book }) => drawnBooks.has(book)).slice(0, crashesShown);
  for (const { crash, book } of chosen) {
    const chart = await drawn(crashChart(result, crash, book), `Requirement of ${book} through ${crash}`);
    if (chart) charts.push(markup`<div>${chart}</div>`);
  }
  return markup`${title}
<p>The requirement of an unchanged book with marks held as they were: only what a model learns moves it. One that rises calls for money just when it is
hardest to find. Drawn are the first book, and the one of which ours comes to ask most more; the table has all.</p>
${key("each other model", "rival", result.ours.title)}
<figure class="crashes">${charts}</figure>
${crashTable(result)}`;
}

/**
 * A drawing as part of a page: as wide as its place, named for screen readers, and with identifiers of its own, since each drawing
 * numbers its clips from the start.
 */
function inline(svg: string, words: string, prefix: string): Markup {
  const label = markup`${words}`.text;
  const text = svg
    .replace(/^[\s\S]*?(?=<svg)/, "")
    .replace(/ width="[\d.]+" height="[\d.]+"/, ` role="img" aria-label="${label}"`)
    .replaceAll(/ id="([^"]+)"/g, ` id="${prefix}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`);
  return new Markup(text);
}
