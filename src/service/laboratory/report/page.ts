import type { TopLevelSpec } from "vega-lite";
import { type LaboratoryResult } from "../analyse.ts";
import { answerSentences, hoursText, shareText, titleOf } from "../answer.ts";
import { type Track } from "../observations.ts";
import { capitalChart, capitalWords, crashChart, frontierChart, neverSafe } from "./charts.ts";
import { html, Markup } from "./markup.ts";
import {
  efficiencySection,
  methodSection,
  rivalsSection,
  table,
  targetsSection,
  typesSection,
  verdictSection,
  weaknessSection,
} from "./sections.ts";
import { styleSheet } from "./style.ts";

/** Draws a chart as SVG. */
export type DrawChart = (spec: TopLevelSpec) => Promise<string>;

const trackTitles: Readonly<Record<Track, string>> = {
  "delta-one": "Perpetuals, futures and coins",
  staked: "Staked collateral",
  options: "Options, recorded chains",
  "simulated-options": "Options, simulated surface",
};

/** Most small charts of crashes. */
const crashesShown = 12;

/** The report as one page that needs nothing else: no network, no script. */
export async function reportPage(result: LaboratoryResult, draw: DrawChart): Promise<string> {
  let charts = 0;
  const drawn = async (spec: TopLevelSpec | null, words: string): Promise<Markup | null> =>
    spec === null ? null : inline(await draw(spec), words, `c${++charts}`);
  const first = await drawn(capitalChart(result), `Capital at equal safety: ${capitalWords(result)}`);
  const frontiers: Markup[] = [];
  for (const track of new Set(result.frontiers.map(({ track }) => track))) {
    const chart = await drawn(
      frontierChart(result, track),
      `Capital against realised breach rate, ${trackTitles[track]}`,
    );
    const types = result.frontiers.find(
      (one) => one.track === track && one.horizonHours === result.headlineHours,
    )?.types;
    if (chart)
      frontiers.push(
        html`<h3>${trackTitles[track]}</h3>
          <figure>
            ${chart}
            <figcaption>Over ${types?.length ?? 0} types that all these models margin.</figcaption>
          </figure>`,
      );
  }
  const crashes: Markup[] = [];
  for (const { crash, book } of crashesOf(result).slice(0, crashesShown)) {
    const chart = await drawn(crashChart(result, crash, book), `Requirement of ${book} through ${crash}`);
    if (chart) crashes.push(html`<div>${chart}</div>`);
  }
  const target = result.targets[0] ?? 0.01;
  const unsafe = neverSafe(result);
  const [from, to] = [
    Math.min(...result.coverage.map(({ fromMs }) => fromMs)),
    Math.max(...result.coverage.map(({ toMs }) => toMs)),
  ];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>What margin costs at equal safety</title>
        <style>
          ${new Markup(styleSheet)}
        </style>
      </head>
      <body>
        <main>
          <h1>What margin costs at equal safety</h1>
          <p class="meta">
            ${dayText(from)} to ${dayText(to)} · ${result.books.length} books · ${result.models.length} models
            · ${result.requirement} margin
          </p>
          <p class="answer">${answerSentences(result).join(" ")}</p>
          ${
            first &&
            html`<figure>
              <p class="key">
                <span><i style="background:var(--ours)"></i>${result.ours.title}</span
                ><span><i style="background:var(--rival-dark)"></i>each other model</span>
              </p>
              ${first}
              <figcaption>
                Mean capital over the types that both margin, out of sample, each model scaled so that every
                type it margins meets ${shareText(1 - target)} over ${hoursText(result.headlineHours)} in
                training. * emulated in part: it would ask for
                more.${unsafe.length > 0 ? ` No scale makes ${unsafe.join(", ")} safe: some type loses where nothing is asked.` : ""}
              </figcaption>
            </figure>`
          }
          ${targetsSection(result)}
          <h2>The frontier</h2>
          <p>
            What each model’s requirement, made larger or smaller by one factor, would have cost and let
            through out of sample. Lower is better: less capital at the same rate of breaches. The dot is the
            requirement as published, the dashed line the target.
          </p>
          ${frontiers.length > 0 ? frontiers : html`<p>No line lies within the axes.</p>`}
          ${rivalsSection(result)} ${typesSection(result)} ${verdictSection(result)}
          <h2>Through crashes</h2>
          ${
            result.procyclicality.length === 0
              ? html`<p>Not measured in this run.</p>`
              : html`<p>
                    The requirement of an unchanged book with marks held as they were: only what a model
                    learns moves it. A steady line doesn’t call for money in a crash; one that starts too low
                    has to.
                  </p>
                  <p class="key">
                    <span><i style="background:var(--ours)"></i>${result.ours.title}</span
                    ><span><i style="background:var(--rival)"></i>each other model</span>
                  </p>
                  <figure
                    class="crashes"
                    style="display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.6rem"
                  >
                    ${crashes}
                  </figure>
                  ${table(
                    [
                      "Crash",
                      "Book",
                      "Model",
                      ">at the start",
                      ">peak ÷ trough",
                      ">end ÷ start",
                      ">largest rise in a step",
                    ],
                    result.procyclicality.map(({ crash, book, model, startShare, change, measured }) => [
                      crash,
                      book,
                      titleOf(result, model),
                      shareText(startShare),
                      measured.peakToTrough === null ? "–" : measured.peakToTrough.toFixed(2),
                      change.toFixed(2),
                      measured.largestRises[0] ? shareText(measured.largestRises[0].rise) : "–",
                    ]),
                  )}`
          }
          ${efficiencySection(result)} ${weaknessSection(result)} ${methodSection(result)}
        </main>
      </body>
    </html> `;
  return page.text;
}

const dayText = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "–");

function crashesOf(result: LaboratoryResult): readonly { readonly crash: string; readonly book: string }[] {
  const found = new Map(
    result.procyclicality.map(({ crash, book }) => [`${crash}\n${book}`, { crash, book }]),
  );
  return [...found.values()];
}

/**
 * A drawing as part of a page: as wide as its place, named for screen readers, and with identifiers of its own, since each drawing numbers its clips
 * from the start.
 */
function inline(svg: string, words: string, prefix: string): Markup {
  const label = html`${words}`.text;
  const text = svg
    .replace(/^[\s\S]*?(?=<svg)/, "")
    .replace(/ width="[\d.]+" height="[\d.]+"/, ` role="img" aria-label="${label}"`)
    .replaceAll(/ id="([^"]+)"/g, ` id="${prefix}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`);
  return new Markup(text);
}
