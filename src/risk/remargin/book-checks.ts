import { PlimsollError } from "../../quantity/error.ts";
import { type LotBook } from "./book.ts";
import { type LotMatrix } from "./matrix.ts";

/** @throws {PlimsollError} `PLM_DOMAIN` or `PLM_UNKNOWN` unless book and matrix are whole and fit together. */
export function requireBook(book: LotBook, matrix: LotMatrix): void {
  const { accountCount, starts, instruments, lots } = book;
  const { instrumentCount, scenarioCount, pnlUnits } = matrix;
  const requireCount = (field: string, value: number, expected: number, what: string): void => {
    if (value !== expected) throw misfit(field, value, `${what}, ${expected}`);
  };
  if (scenarioCount < 1) throw misfit("scenarioCount", scenarioCount, "at least 1");
  requireCount(
    "pnlUnits.length",
    pnlUnits.length,
    instrumentCount * scenarioCount,
    "instruments × scenarios",
  );
  requireCount("starts.length", starts.length, accountCount + 1, "accounts + 1");
  requireCount("instruments.length", instruments.length, lots.length, "that of lots");
  requireCount("starts[0]", starts[0] ?? 0, 0, "the first position");
  requireCount(`starts[${accountCount}]`, starts[accountCount] ?? 0, lots.length, "the number of positions");
  for (let a = 0; a < accountCount; a++) {
    if ((starts[a] ?? 0) > (starts[a + 1] ?? 0))
      throw misfit(`starts[${a + 1}]`, starts[a + 1], "not below the one before");
  }
  for (let p = 0; p < lots.length; p++) {
    if (!Number.isSafeInteger(lots[p])) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: `lots[${p}]`,
        value: lots[p],
        limit: "an integer",
        remedy: "Count positions in whole lots.",
      });
    }
    if ((instruments[p] ?? instrumentCount) >= instrumentCount) {
      throw new PlimsollError("PLM_UNKNOWN", {
        field: `instruments[${p}]`,
        value: instruments[p],
        limit: `a row of the scenario matrix, 0 to ${instrumentCount - 1}`,
        remedy: "Give the instrument a row in the matrix.",
      });
    }
  }
}

const misfit = (field: string, value: unknown, limit: string): PlimsollError =>
  new PlimsollError("PLM_DOMAIN", {
    field,
    value,
    limit,
    remedy: "Build the book and the matrix from one list of instruments.",
  });
