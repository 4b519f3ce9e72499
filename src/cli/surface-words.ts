import { type ArbitrageFinding } from "../pricing/index.ts";
import { formatInstant, formatNumber } from "./output/format.ts";

/** One finding in words: what, where, by how much. */
export function describeFinding(finding: ArbitrageFinding): string {
  const where =
    finding.instruments.length > 0
      ? finding.instruments.join(" / ")
      : `${finding.expiriesMs.map(expiryName).join(" → ")} at log-moneyness ${formatNumber(finding.logMoneyness ?? 0, 3)}`;
  const amount =
    finding.unit === "price"
      ? `${formatNumber(finding.amount, 2)} per unit`
      : finding.unit === "slope" && finding.kind === "calendar"
        ? `wings beyond the quotes cross, slopes ${finding.amount.toExponential(2)} apart`
        : `${finding.amount.toExponential(2)} ${finding.unit.replace("-", " ")}`;
  // The surface takes the larger of two crossing slices: see docs/surface.md.
  const repaired = finding.source === "slices" && finding.kind === "calendar" ? ", repaired" : "";
  return `${finding.kind} (${finding.source}): ${where}: ${amount}${repaired}`;
}

/** `2026-03-27` for an expiry at 08:00 UTC, the minute too for another. */
export function expiryName(expiryMs: number): string {
  const instant = formatInstant(expiryMs);
  return instant.endsWith("08:00 UTC") ? instant.slice(0, 10) : instant;
}
