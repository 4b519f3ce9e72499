import { type Market, type Portfolio } from "../../market/index.ts";
import { type Diagnostic } from "../../risk/index.ts";
import { formatInstant } from "./format.ts";
import { oneLine } from "./plain-text.ts";

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Whose prices, and when. */
export const marketHeading = ({ synthetic, source, asOfMs }: Market): string =>
  `${synthetic ? "SYNTHETIC market: " : ""}${oneLine(source)}, ${formatInstant(asOfMs)}`;

/** What was margined, where and when; the first lines of every table. */
export function heading({ name, positions, balances, orders }: Portfolio, market: Market): string {
  const parts = [counted(positions.length, "position"), counted(balances.length, "balance")];
  if (orders.length > 0) parts.push(counted(orders.length, "order"));
  return `${oneLine(name)}: ${parts.join(", ")}\n${marketHeading(market)}`;
}

/** What the readers of files left out or assumed, as lines. */
export const noteLines = (notes: readonly { readonly message: string }[]): string[] =>
  notes.map(({ message }) => `note: ${message}`);

/** Diagnostics as lines, warnings first; equal messages once. */
export function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  const unique = new Map(
    diagnostics.map((diagnostic) => [`${diagnostic.severity}${diagnostic.message}`, diagnostic]),
  );
  return [...unique.values()]
    .sort((a, b) => (a.severity === b.severity ? 0 : a.severity === "warning" ? -1 : 1))
    .map(({ severity, message }) => `${severity}: ${message}`);
}
