import { type LaboratoryResult } from "../analyse.ts";
import { isMostlyMaximum } from "../own-scale.ts";
import { type Content, markup, type Markup } from "./markup.ts";

/** A table with its head; columns whose title starts with `>` hold numbers. */
export function table(
  titles: readonly Content[],
  rows: readonly (readonly Content[])[],
  rowClass: (at: number) => string = () => "",
): Markup {
  const isNumber = titles.map((title) => typeof title === "string" && title.startsWith(">"));
  const head = titles.map((title, at) =>
    isNumber[at] && typeof title === "string"
      ? markup`<th class="n">${title.slice(1)}</th>`
      : markup`<th>${title}</th>`,
  );
  const body = rows.map((row, at) => {
    const cells = row.map((cell, column) =>
      isNumber[column] ? markup`<td class="n">${cell}</td>` : markup`<td>${cell}</td>`,
    );
    return markup`<tr class="${rowClass(at)}">${cells}</tr>\n`;
  });
  return markup`<div class="scroll"><table><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>\n`;
}

export function numberText(value: number, digits: number = 2): string {
  if (!Number.isFinite(value)) return value === Infinity ? "∞" : "–";
  return value >= 1000 ? "> 1,000" : value.toFixed(digits);
}

/** A factor: `× 1.25`. */
export function timesText(value: number): string {
  if (Number.isNaN(value)) return "–";
  return `×\u00a0${numberText(value)}`;
}

/** What a ratio of capital means, short: `−42 %`, `+8.0 %`. */
export function differenceText(ratio: number): string {
  if (!Number.isFinite(ratio)) return "–";
  if (ratio > 100) return "> +9,900 %";
  const percent = 100 * (ratio - 1);
  const size = Math.abs(percent);
  return `${size < 0.05 ? "±" : percent < 0 ? "−" : "+"}${size.toFixed(size >= 10 ? 0 : 1)} %`;
}

export const probabilityText = (p: number | null): string =>
  p === null ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3);

export const dayText = (ms: number): string =>
  Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "–";

/** A model's title with the marks of what it is: `*` partial, `†` no portfolio rule. */
export function modelText(result: LaboratoryResult, id: string): Content {
  const model = result.models.find((one) => one.id === id);
  const marks = `${model?.isPartial ? "*" : ""}${model?.isPortfolioRule === false ? "†" : ""}`;
  return [model?.title ?? id, marks === "" ? null : markup`<span class="partial">\u00a0${marks}</span>`];
}

export const modelMarks =
  "* emulated in part: terms that no public source gives are missing, so it would ask for more. † not a portfolio rule.";

/** A type's name, with `‡` where our requirement is mostly the most that the book can lose. */
export function typeText(result: LaboratoryResult, name: string): Content {
  const basis = result.bases.find(({ type }) => type === name);
  return [name, basis && isMostlyMaximum(basis) ? markup`<span class="partial">\u00a0‡</span>` : null];
}

/** What `‡` says; empty where no type has it. */
export const typeMarks = ({ bases }: LaboratoryResult): Content =>
  bases.some(isMostlyMaximum)
    ? markup` ‡ In at least half of the windows our requirement is the most that the book can lose, as for options bought: more of it would protect from nothing, so a factor above 1 on it means nothing. <a href="requirement-basis.csv">requirement-basis.csv</a> has the shares.`
    : null;
