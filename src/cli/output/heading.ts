import { type Market, type Portfolio } from "../../market/index.ts";
import { type Diagnostic } from "../../risk/index.ts";
import { formatInstant } from "./format.ts";

/** What was margined, where and when; the first lines of every table. */
export function heading(portfolio: Portfolio, market: Market): string {
  const label = market.synthetic ? "SYNTHETIC market: " : "";
  return `${portfolio.name}: ${portfolio.positions.length} positions, ${portfolio.balances.length} balances\n${label}${market.source}, ${formatInstant(market.asOfMs)}`;
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
