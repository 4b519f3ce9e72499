import { type LaboratoryResult } from "../analyse.ts";
import { countText, headlineCells, hoursText, lessText, shareText, titleOf } from "../answer.ts";
import { type Comparison, type MeanCapital } from "../capital.ts";
import { leastWindows } from "../cell.ts";
import { type VerdictCell } from "../verdicts.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { barPair, rateInterval } from "./marks.ts";

/** A table with its head; columns whose title starts with `>` hold numbers. */
export function table(
  titles: readonly string[],
  rows: readonly (readonly Content[])[],
  rowClass: (at: number) => string = () => "",
): Markup {
  const isNumber = titles.map((title) => title.startsWith(">"));
  const cells = (row: readonly Content[]): readonly Markup[] =>
    row.map((cell, at) => (isNumber[at] ? html`<td class="n">${cell}</td>` : html`<td>${cell}</td>`));
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${titles.map((title, at) => (isNumber[at] ? html`<th class="n">${title.slice(1)}</th>` : html`<th>${title}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, at) =>
            html`<tr class="${rowClass(at)}">
              ${cells(row)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const numberText = (value: number, digits: number = 2): string =>
  Number.isFinite(value) ? value.toFixed(digits) : value === Infinity ? "∞" : "–";
const timesText = (value: number): string =>
  Number.isFinite(value) ? `× ${numberText(value)}` : value === Infinity ? "× ∞" : "–";
const pText = (p: number | null): string => (p === null ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3));

const verdictWords = { pass: "holds", fail: "fails", insufficient: "insufficient" } as const;
const verdictMark = (verdict: VerdictCell["verdict"]): Markup =>
  html`<span class="${verdict}">${verdictWords[verdict]}</span>`;

/** The promises, missed ones first. */
export function targetsSection(result: LaboratoryResult): Markup {
  const order = { missed: 0, insufficient: 1, met: 2 } as const;
  const words = { missed: "missed", insufficient: "can’t be told", met: "met" } as const;
  const checks = result.targetChecks.toSorted((a, b) => order[a.outcome] - order[b.outcome]);
  return html`<h2>What was promised</h2>
    ${table(
      ["Promise", "Found out of sample", ""],
      checks.map(({ promise, found, outcome }) => [
        promise,
        found,
        html`<span class="${outcome}">${words[outcome]}</span>`,
      ]),
    )}`;
}

const basisOf = (
  result: LaboratoryResult,
  rival: string,
  span: Comparison["basis"]["span"],
  scaling: Comparison["basis"]["scaling"],
  target: number | undefined = result.targets[0],
): Comparison | undefined =>
  result.comparisons.find(
    (one) =>
      one.rival === rival &&
      one.horizonHours === result.headlineHours &&
      one.target === target &&
      one.basis.span === span &&
      one.basis.scaling === scaling,
  );

/** Every rival under every way of making models equally safe. */
export function rivalsSection(result: LaboratoryResult): Markup {
  const rows = result.headline.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  const best = result.best.all?.comparison.rival;
  const less = (comparison: Comparison | undefined): string => lessText(comparison?.all.ratio ?? Number.NaN);
  return html`<h2>Against every rival</h2>
    <p>
      Ours beside each model, on the kinds of book that both margin. <em>Headline</em>: each model has one
      scale, solved on the training span so that every kind of book it margins meets the target.
      <em>After the fact</em>: the scales are solved on the very windows they are judged on.
      <em>Per type</em>: each kind of book has its own scale, as if each model were tuned to it.
      <em>Shared</em>: one scale, over only the types both margin.
    </p>
    ${table(
      [
        "Model",
        ">types",
        ">its scale",
        ">headline",
        ">95 % of resamples",
        ">after the fact",
        ">per type",
        ">per type, after",
        ">shared",
      ],
      rows.map(({ rival, all, rivalScale, interval }) => {
        const model = result.models.find(({ id }) => id === rival);
        return [
          html`${model?.title ?? rival}${model?.isPartial ? html` <span class="partial">partial</span>` : null}${
            model?.isPortfolioRule ? null : html` <span class="partial">not a portfolio rule</span>`
          }`,
          all.types,
          timesText(rivalScale),
          lessText(all.ratio),
          interval?.all ? `${lessText(interval.all.high)} – ${lessText(interval.all.low)}` : "–",
          less(basisOf(result, rival, "out-of-sample", "one")),
          less(basisOf(result, rival, "training", "per-type")),
          less(basisOf(result, rival, "out-of-sample", "per-type")),
          less(basisOf(result, rival, "training", "shared")),
        ];
      }),
      (at) => (rows[at]?.rival === best ? "best" : ""),
    )}
    <p class="note">
      The shaded row is the best emulated portfolio rule: the one that ours saves least against. “Partial”
      rules lack terms that no public source gives, so what they ask is a lower bound. Our scale is
      ${timesText(rows[0]?.oursScale ?? Number.NaN)}. A dash: no scale makes the model safe, or nothing is
      shared.
    </p>`;
}

/** Capital by type beside the best rival's. */
export function typesSection(result: LaboratoryResult): Markup {
  const best = result.best.all;
  const title = html`<h2>By kind of book</h2>`;
  if (!best)
    return html`${title}
      <p>There is no portfolio rule to compare with.</p>`;
  const { comparison } = best;
  const perType = basisOf(result, comparison.rival, "training", "per-type");
  const own = new Map(perType?.types.map(({ type, ratio }) => [type, ratio]));
  const most = Math.max(
    ...comparison.types.flatMap((type) => [type.ours, type.rival].filter(Number.isFinite)),
  );
  const rate = new Map(
    result.capital
      .filter(
        (one) =>
          one.model === result.ours.id &&
          one.horizonHours === result.headlineHours &&
          one.target === result.targets[0],
      )
      .map((one) => [one.type, one.breachRate]),
  );
  const types = comparison.types.toSorted((a, b) => b.ratio - a.ratio);
  return html`${title}
    <p>
      Capital at equal safety, as a share of notional, ${result.ours.title} above
      ${titleOf(result, comparison.rival)}; where ours does worst comes first.
    </p>
    <p class="key">
      <span><i style="background:var(--ours)"></i>${result.ours.title}</span
      ><span><i style="background:var(--rival)"></i>${titleOf(result, comparison.rival)}</span>
    </p>
    ${table(
      ["Type", "", ">ours", ">rival", ">difference", ">own scales", ">windows", ">breached"],
      types.map(({ type, ours, rival, ratio, windows }) => [
        type,
        barPair(ours, rival, most),
        html`<b>${shareText(ours)}</b>`,
        shareText(rival),
        rival === Infinity ? "never safe" : lessText(ratio),
        lessText(own.get(type) ?? Number.NaN),
        countText(windows),
        shareText(rate.get(type) ?? Number.NaN),
      ]),
    )}
    <p class="note">
      “Own scales”: the difference if each model were scaled for this type alone. “Breached”: windows out of
      sample that lost more than our capital here.
    </p>`;
}

/** Verdicts on our requirement as published, failures first. */
export function verdictSection(result: LaboratoryResult): Markup {
  const target = result.targets[0] ?? 0.01;
  const cells = headlineCells(result);
  const pooled = cells.filter(
    ({ type, asset, regime }) => asset === "all" && (type === "all" || regime === "all"),
  );
  const order = { fail: 0, insufficient: 2, pass: 1 } as const;
  const rows = pooled.toSorted(
    (a, b) =>
      order[a.verdict] - order[b.verdict] ||
      Number(b.type === "all") - Number(a.type === "all") ||
      b.rate - a.rate,
  );
  const single = cells.filter(
    ({ type, asset, regime }) => type !== "all" && asset !== "all" && regime === "all",
  );
  const failed = single
    .filter(({ verdict }) => verdict === "fail")
    .sort((a, b) => a.exceedanceP - b.exceedanceP);
  const told = single.filter(({ verdict }) => verdict !== "insufficient").length;
  const nameOf = ({ type, asset, regime }: VerdictCell): string =>
    [
      type === "all" ? "all books" : type,
      asset === "all" ? "" : asset,
      regime === "all" ? "" : `${regime} markets`,
    ]
      .filter((part) => part !== "")
      .join(", ");
  const columns = [
    "Books",
    "Breach rate, 0.02 % to 20 %",
    ">rate",
    ">95 %",
    ">breaches",
    ">windows",
    ">apart",
    ">exceeds by chance",
    ">independent",
    ">worst beyond",
    ">verdict",
  ];
  const row = (cell: VerdictCell): readonly Content[] => [
    nameOf(cell),
    rateInterval({ ...cell, isBad: cell.verdict === "fail" }),
    shareText(cell.rate),
    `${shareText(cell.low)} – ${shareText(cell.high)}`,
    countText(cell.breaches),
    countText(cell.windows),
    countText(cell.independentWindows),
    pText(cell.exceedanceP),
    cell.independence === "insufficient"
      ? "–"
      : html`<span class="${cell.independence}">${pText(cell.independenceP)}</span>`,
    cell.worstExcess === null ? "–" : shareText(cell.worstExcess),
    verdictMark(cell.verdict),
  ];
  return html`<h2>Did it keep its promise?</h2>
    <p>
      Our requirement as published, out of sample, windows of ${hoursText(result.headlineHours)}. A verdict
      needs ${leastWindows(target)} windows that don’t overlap; it <em>holds</em> when at most
      ${shareText(target)} of them lost
      more.${
        result.volatility
          ? html` Regimes: terciles of the volatility of ${result.volatility.reference} in the month before,
            up to ${shareText(result.volatility.bounds[0])} a year, up to
            ${shareText(result.volatility.bounds[1])}, above.`
          : null
      }
    </p>
    ${table(columns, rows.map(row))}
    <p class="note">
      Dashed: the target. A hollow dot: no breach. “Apart”: windows that don’t overlap in time, whichever
      book. The interval is Clopper and Pearson’s, of as many independent windows as resampled weeks are
      worth. “Exceeds by chance”: probability of at least so many breaches if the true rate were the target.
      “Independent”: p of breaches not following breaches; below 0.05 they come in runs. “Worst beyond”:
      largest loss beyond the requirement, share of notional.
    </p>
    <h3>Type by asset</h3>
    <p>
      ${told === 0 ? `None of ${single.length} cells has windows enough for a verdict.` : `Of ${told} cells with windows enough ${failed.length} fail, ${failed.filter(({ exceedanceP }) => exceedanceP < 0.05).length} of them beyond chance; one in twenty would by chance.`}
    </p>
    ${failed.length > 0 ? table(columns, failed.slice(0, 30).map(row)) : null}
    ${failed.length > 30 ? html`<p class="note">The first 30 of ${failed.length}; all are in <a href="verdicts.csv">verdicts.csv</a>.</p>` : null}`;
}

/** Notional that a dollar of capital carries. */
export function efficiencySection(result: LaboratoryResult): Markup {
  const rows = result.headline.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  const levels = result.targets.filter((target) => target !== 0.005);
  const over = (share: number | undefined): string =>
    share !== undefined && share > 0 && share < Infinity ? `${numberText(1 / share, 1)} ×` : "–";
  const pair = (mean: MeanCapital | undefined): readonly string[] => [over(mean?.ours), over(mean?.rival)];
  return html`<h2>Efficiency</h2>
    <p>
      Notional that one dollar of capital carries at equal safety: the mean over the types that both margin,
      and apart for books with hedged options and with staked collateral.
    </p>
    ${table(
      [
        "Against",
        ...levels.flatMap((target) => [`>ours, ${shareText(1 - target)}`, ">rival"]),
        ">ours, hedged options",
        ">rival",
        ">ours, staked",
        ">rival",
      ],
      rows.map(({ rival, groups }) => [
        titleOf(result, rival),
        ...levels.flatMap((target) => pair(basisOf(result, rival, "training", "one", target)?.all)),
        ...pair(groups["option-hedged"]),
        ...pair(groups["staked-collateral"]),
      ]),
    )}`;
}

const causes = {
  scale: "our scale: another type forces it up",
  shape: "even tuned to this type ours asks more",
  unknown: "too few windows in training to tell",
} as const;

/** Where a rival portfolio rule asks less, and what makes it so. */
export function weaknessSection(result: LaboratoryResult): Markup {
  const rows = result.weaknesses.filter(({ horizonHours }) => horizonHours === result.headlineHours);
  const scale = result.scales.find(
    (one) =>
      one.model === result.ours.id &&
      one.horizonHours === result.headlineHours &&
      one.target === result.targets[0] &&
      one.span === "training",
  );
  const fattest = result.fatness.slice(0, 5);
  return html`<h2>Where ours loses, and why</h2>
    ${
      scale && Number.isFinite(scale.scale)
        ? html`<p>
            Our one scale is ${timesText(scale.scale)}, set by <em>${scale.binding}</em>.${
              scale.nextBinding === ""
                ? null
                : html` Without that type it would be ${timesText(scale.scaleWithoutBinding)}, set by
                    <em>${scale.nextBinding}</em>.`
            }
            Relative to what they need by themselves we ask most of
            ${fattest.map(({ type, fatness }, at) => html`${at > 0 ? "; " : null}${type} (${timesText(fatness)})`)}.
          </p>`
        : html`<p>
            No scale makes our requirement safe for every
            type${scale && scale.binding !== "" ? html`: <em>${scale.binding}</em> loses where nothing is asked` : null}.
          </p>`
    }
    ${
      rows.length === 0
        ? html`<p>No emulated portfolio rule asks less of any type at equal safety.</p>`
        : html`<p>${rows.length} times a rival portfolio rule asks less of a type at equal safety.</p>
            ${table(
              [
                "Type",
                "Rival",
                ">ours",
                ">rival",
                ">ours ÷ rival",
                ">at own scales",
                ">our scale ÷ own",
                ">its scale ÷ own",
                "Because of",
              ],
              rows
                .toSorted((a, b) => b.ratio - a.ratio)
                .slice(0, 40)
                .map((one) => [
                  one.type,
                  titleOf(result, one.rival),
                  shareText(one.ours),
                  shareText(one.rivalCapital),
                  numberText(one.ratio),
                  numberText(one.ratioOwnScales),
                  numberText(one.oursFatness),
                  numberText(one.rivalFatness),
                  causes[one.cause],
                ]),
            )}${rows.length > 40 ? html`<p class="note">The worst 40 of ${rows.length}; all are in <a href="weaknesses.csv">weaknesses.csv</a>.</p>` : null}`
    }`;
}

/** How models are made equally safe, in words; what that can't tell; and what it rests on. */
export function methodSection(result: LaboratoryResult): Markup {
  const { provenance } = result;
  const ends = [
    ...new Set(
      Object.entries(result.trainingEnds).map(
        ([track, ms]) => `${track.replaceAll("-", " ")} ${dayText(ms)}`,
      ),
    ),
  ];
  return html`<h2>Method</h2>
    <p>
      At each instant every model says what it requires for a library of books that was fixed before any of
      the out-of-sample data were looked at, knowing only the prices until then; the loss is what the whole
      book, collateral included, falls by until the end of the window. Windows of one book don’t overlap, and
      none crosses a gap in the data. A window <em>breaches</em> when its loss exceeds the requirement.
    </p>
    <p>
      Requirements alone can’t be compared: one model may be safer. So each gets one factor, the smallest with
      which <em>every</em> type of book it margins breaches at most at the target rate: exactly, as an order
      statistic of loss over requirement. Types with fewer than one over the target windows can’t be told to
      meet it and don’t bind. The scales are solved before, and the capital compared after:
      ${ends.join("; ")}.
    </p>
    <p>
      Means are over types, so that a type with many assets counts no more than one with few. Intervals
      resample weeks in blocks of about eight, all books of a week together, and find the scales anew each
      time. Several books breach on one day: independence over time is tested by putting the days of all of
      them in random order.
    </p>
    ${table(
      ["Windows of", "Span", ">types", ">windows", ">from", ">to"],
      result.coverage.map(({ horizonHours, span, types, windows, fromMs, toMs }) => [
        hoursText(horizonHours),
        span === "training" ? "training" : "out of sample",
        types,
        countText(windows),
        windows > 0 ? dayText(fromMs) : "–",
        windows > 0 ? dayText(toMs) : "–",
      ]),
    )}
    <h2>Limits</h2>
    <ul>
      ${provenance.notes.map((note) => html`<li>${note}</li> `)}${provenance.leftOut.map(
        (note) => html`<li>Left out: ${note}</li> `,
      )}
      <li>
        Each rival is emulated at the parameters its venue published; venues change them, and some ask more of
        large accounts.
      </li>
      <li>
        The capital of a model whose scale hangs on one type is that type’s doing:
        <a href="scales.csv">scales.csv</a> names it and says what the scale were without it.
      </li>
      <li>A rate that holds over these years is no promise for the next crash.</li>
    </ul>
    <h2>Made from</h2>
    <p><code>${provenance.command}</code></p>
    <p class="note">
      Version ${provenance.version}, seed ${provenance.seed}, parameters
      <span class="hash">${provenance.parameters.sha256}</span>. Every table is beside this page as CSV;
      <a href="manifest.json">manifest.json</a> lists them with their hashes.
    </p>
    <details>
      <summary>${provenance.data.length} files of data, SHA-256</summary>
      ${table(
        ["File", ">bytes", "SHA-256"],
        provenance.data.map(({ name, bytes, sha256 }) => [
          name,
          countText(bytes),
          html`<span class="hash">${sha256}</span>`,
        ]),
      )}
    </details>`;
}
