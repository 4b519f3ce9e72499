import { type LaboratoryResult } from "../analyse.ts";
import { countText, hoursText } from "../texts.ts";
import { markup, type Markup } from "./markup.ts";
import { dayText, table } from "./table.ts";

/** How models are made equally safe, in words; what that can't tell; and what it rests on. */
export function methodSection(result: LaboratoryResult): Markup {
  const { provenance } = result;
  const tracks = new Set(result.books.map(({ track }) => track));
  const ends = [...tracks].map(
    (track) => `${track.replaceAll("-", " ")} at ${dayText(result.trainingEnds[track])}`,
  );
  return markup`<h2>Method</h2>
<p>At each instant every model says what it requires for a library of books that was fixed before any of the out-of-sample data were looked at, knowing
only the prices until then; the loss is what the whole book, collateral included, falls by until the end of the window. Windows of one book don’t overlap, and
none crosses a gap in the data. A window <em>breaches</em> when its loss exceeds the requirement.</p>
<p>Requirements alone can’t be compared: one model may be safer. So each gets one factor, the smallest with which <em>every</em> type of book it margins
breaches at most at the target rate: exactly, as an order statistic of loss over requirement. Types with fewer windows than one over the target can’t be told to
meet it and don’t bind. Scales are solved before the cut, and capital is compared after it: ${ends.join(", ")}.</p>
<p>Means are over types, so that a type with many assets counts no more than one with few. Intervals resample weeks in blocks of about eight, all books of a
week together, and find the scales anew each time. Several books breach on one day: whether breaches come one by one is tested by putting the instants of all
of them in random order, for a single book by Christoffersen’s test.</p>
${table(
  ["Windows of", "Span", ">types", ">windows", ">from", ">to"],
  result.coverage.map(({ horizonHours, span, types, windows, fromMs, toMs }) => [
    hoursText(horizonHours),
    span === "training" ? "training" : "out of sample",
    types,
    countText(windows),
    dayText(fromMs),
    dayText(toMs),
  ]),
)}
<h2>Limits</h2>
<ul>
${[...provenance.notes, ...provenance.leftOut.map((what) => `Left out: ${what}`)].map((note) => markup`<li>${note}</li>\n`)}
<li>Each rival is emulated at the parameters its venue published; venues change them, and some ask more of large accounts.</li>
<li>The capital of a model whose scale hangs on one type is that type’s doing: <a href="scales.csv">scales.csv</a> names it, and says what the scale were without
it.</li>
<li>Expected Shortfall is tested of our model alone: the others give one number, no pair with a Value at Risk.</li>
<li>A rate that holds over these years is no promise for the next crash.</li>
</ul>
<h2>Made from</h2>
<p><code>${provenance.command}</code></p>
<p class="note">Version ${provenance.version}, seed ${provenance.seed}, parameters <span class="hash">${provenance.parameters.sha256}</span>. Every table is beside this page
as CSV; <a href="manifest.json">manifest.json</a> lists them with their hashes.</p>
<details><summary>${provenance.data.length} files of data, with their SHA-256</summary>
${table(
  ["File", ">bytes", "SHA-256"],
  provenance.data.map(({ name, bytes, sha256 }) => [
    name,
    countText(bytes),
    markup`<span class="hash">${sha256}</span>`,
  ]),
)}</details>`;
}
