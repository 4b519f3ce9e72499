import { type LaboratoryResult } from "../analyse.ts";
import { leastWindows } from "../cell.ts";
import { ownScaleShare } from "../own-scale.ts";
import { type ShortfallTest } from "../shortfall-tests.ts";
import { countText, hoursText, shareText, targetText } from "../texts.ts";
import { markup, type Markup } from "./markup.ts";
import { numberText, probabilityText, table, timesText } from "./table.ts";

const words = { pass: "stands", fail: "fails", insufficient: "too few" } as const;
const order = { fail: 0, pass: 1, insufficient: 2 } as const;

/** Independence where breaches are frequent enough to tell: not of the requirement as published. */
export function ownScaleSection({ ownScale, targets, headlineHours }: LaboratoryResult): Markup {
  const { told, stand } = ownScaleShare(ownScale);
  const target = targetText(targets[0] ?? 0.01);
  const shown = ownScale
    .filter(({ independence }) => independence !== "insufficient")
    .toSorted(
      (a, b) =>
        order[a.independence] - order[b.independence] || (a.independenceP ?? 1) - (b.independenceP ?? 1),
    );
  return markup`<h3>One by one, each type at its own scale</h3>
<p>Not our requirement as published: each type’s requirement is scaled by itself so that ${target} of its training windows of ${hoursText(headlineHours)} breached, which leaves breaches enough to see whether they
follow one another. ${
    told === 0
      ? `No type has ${countText(leastWindows(0.01))} windows apart and two breaches out of sample.`
      : markup`Independence stands at 5 % in <b>${stand} of ${told}</b> types (${shareText(stand / told)}); ${ownScale.length - told} more have too few windows or breaches.`
  }</p>
${
  shown.length === 0
    ? null
    : table(
        ["Type", ">own scale", ">breaches", ">windows", ">apart", ">rate", ">p", ">one by one"],
        shown.map(
          ({ type, scale, breaches, windows, independentWindows, rate, independenceP, independence }) => [
            type,
            timesText(scale),
            countText(breaches),
            countText(windows),
            countText(independentWindows),
            shareText(rate),
            probabilityText(independenceP),
            markup`<span class="${independence}">${words[independence]}</span>`,
          ],
        ),
      )
}
<p class="note">All types are in <a href="independence-own-scale.csv">independence-own-scale.csv</a>.</p>`;
}

const zText = (z: number | null): string =>
  z === null ? "–" : `${z < 0 ? "−" : ""}${numberText(Math.abs(z))}`;

const nameOf = ({ type, track }: ShortfallTest): string =>
  type !== "all" ? type : track === "all" ? "all books" : `all of ${track.replaceAll("-", " ")}`;

/** Most types that the page shows. */
const typesShown = 30;

/** The tests of our Expected Shortfall, out of sample. */
export function shortfallSection({ shortfall, shortfallTests, ours }: LaboratoryResult): Markup {
  const title = markup`<h2>Is its Expected Shortfall right?</h2>`;
  const tests = shortfallTests.filter(({ span }) => span === "out-of-sample");
  if (!shortfall || tests.length === 0) return markup`${title}<p>These windows carry no forecast of it.</p>`;
  const columns = [
    "Books",
    ">windows",
    ">instants",
    ">beyond Value at Risk",
    ">expected",
    ">loss ÷ shortfall",
    ">Z1",
    ">p",
    ">Z2",
    ">p",
    ">verdict",
  ];
  const rowOf = (test: ShortfallTest) => [
    nameOf(test),
    countText(test.windows),
    countText(test.instants),
    countText(test.exceptions),
    test.expected < 100 ? numberText(test.expected, 1) : countText(Math.round(test.expected)),
    test.lossOverShortfall === null ? "–" : numberText(test.lossOverShortfall),
    zText(test.z1),
    probabilityText(test.z1P),
    zText(test.z2),
    probabilityText(test.z2P),
    markup`<span class="${test.verdict}">${words[test.verdict]}</span>`,
  ];
  const all = tests.filter(({ windowsOf }) => windowsOf === "all");
  const types = all.filter(({ type, verdict }) => type !== "all" && verdict !== "insufficient");
  const failed = types.filter(({ verdict }) => verdict === "fail");
  const shown = types.toSorted((a, b) => a.z2P - b.z2P || a.z2 - b.z2).slice(0, typesShown);
  const leading = tests.filter(({ windowsOf, type }) => windowsOf === "shortfall" && type === "all");
  const [pooled] = all;
  const [led] = leading;
  return markup`${title}
<p>Beside its requirement ${ours.title} says the mean loss of the worst ${targetText(1 - shortfall.level)} of ${hoursText(shortfall.horizonHours)}, and the loss at which they begin. Both are put to the tests of Acerbi and
Székely as said, without multiplier. The requirement is the largest of several measures, and stress is mostly larger: the shortfall set it in ${shareText((led?.windows ?? 0) / (pooled?.windows ?? 1))} of windows, which
are tested apart. So a shortfall that is too small is no requirement that is.${
    types.length === 0
      ? null
      : ` Of ${types.length} types with instants enough ${failed.length} fail at 5 %; of right forecasts one in twenty would.`
  }</p>
${table(columns, all.filter(({ type }) => type === "all").map(rowOf))}
<h3>Where it set the requirement</h3>
${leading.length === 0 ? markup`<p>Nowhere.</p>` : table(columns, leading.map(rowOf))}
${shown.length === 0 ? null : markup`<h3>By type, those where it does worst first</h3>${table(columns, shown.map(rowOf))}`}
<p class="note">“Expected”: as many windows as the level says. “Loss ÷ shortfall”: mean loss beyond Value at Risk over the mean shortfall said then. Z1 is of the size of those losses, Z2 of size and number: 0 when
right, negative when the shortfall is too small. Both count a loss in units of the shortfall said for it, so pooled books that hardly risk anything, like a basis, can decide them. p: by simulation with a tail as heavy as Student’s t of four degrees of freedom, all books of an instant losing together. A verdict, on Z2, needs ${countText(leastWindows(0.01))} instants. All types and the training span are in
<a href="expected-shortfall.csv">expected-shortfall.csv</a>.</p>`;
}
