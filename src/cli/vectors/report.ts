import { type PlimsollError } from "../../quantity/error.ts";
import { type CaseResult } from "./family.ts";

/** What one file gave. */
export type FileReport =
  | {
      readonly file: string;
      readonly status: "ran";
      readonly family: string;
      readonly passed: number;
      readonly failed: number;
      /** Fields that a README flags as a peer's defect. */
      readonly setAside: number;
      /** Cases of topics without a rule here. */
      readonly notCovered: number;
      readonly cases: readonly CaseResult[];
    }
  | { readonly file: string; readonly status: "unknown-family" | "not-json" | "link" }
  | { readonly file: string; readonly status: "error"; readonly error: PlimsollError };

export interface VectorsTotals {
  readonly files: number;
  readonly passed: number;
  readonly failed: number;
  readonly setAside: number;
  readonly notCoveredCases: number;
  readonly unknownFiles: number;
  readonly unreadableFiles: number;
}

/** The human form of a run: one line per file, the failed fields below it, a total at the end. */
export function reportText(
  files: readonly FileReport[],
  totals: VectorsTotals,
  failuresPerCase: number,
): string {
  const lines = files.flatMap((file) => fileLines(file, failuresPerCase));
  return [...lines, totalLine(totals), ""].join("\n");
}

function fileLines(report: FileReport, failuresPerCase: number): string[] {
  if (report.status !== "ran") return [`${report.file}: ${notRun(report)}`];
  return [
    `${report.file}: ${counts(report.passed, report.failed, report.setAside, report.notCovered)}`,
    ...failureLines(report.cases, failuresPerCase),
    ...groupLines(report.cases),
  ];
}

function notRun(report: Exclude<FileReport, { status: "ran" }>): string {
  if (report.status === "error") return report.error.message;
  return {
    link: "link to a folder, not followed",
    "not-json": "not a vector file",
    "unknown-family": "unknown family",
  }[report.status];
}

function counts(passed: number, failed: number, setAside: number, notCovered: number): string {
  const extra = [
    ...(setAside > 0 ? [`${setAside} set aside`] : []),
    ...(notCovered > 0 ? [`${notCovered} not yet covered`] : []),
  ];
  return [`${passed} passed`, `${failed} failed`, ...extra].join(", ");
}

function failureLines(cases: readonly CaseResult[], limit: number): string[] {
  return cases.flatMap(({ id, failures }) => {
    const lines = failures
      .slice(0, limit)
      .map(({ field, expected, got }) => `  ${id} ${field}: expected ${expected}, got ${got}`);
    const rest = failures.length - lines.length;
    return rest > 0 ? [...lines, `  ${id}: ${rest} more failed ${rest === 1 ? "field" : "fields"}`] : lines;
  });
}

/** What was not compared, by field or topic, with its count. */
function groupLines(cases: readonly CaseResult[]): string[] {
  const groups = new Map<string, number>();
  const add = (label: string): void => {
    groups.set(label, (groups.get(label) ?? 0) + 1);
  };
  for (const one of cases) {
    for (const { field, reason } of one.setAside) add(`set aside ${field}: ${reason}`);
    if (one.notCovered !== undefined) add(`not yet covered: ${one.notCovered}`);
  }
  return [...groups].map(([label, count]) => `  ${count} × ${label}`);
}

function totalLine(totals: VectorsTotals): string {
  const files = [
    `${totals.files} ${totals.files === 1 ? "file" : "files"}`,
    ...(totals.unknownFiles > 0 ? [`${totals.unknownFiles} of unknown families`] : []),
    ...(totals.unreadableFiles > 0 ? [`${totals.unreadableFiles} unreadable`] : []),
  ];
  const cases = counts(totals.passed, totals.failed, totals.setAside, totals.notCoveredCases);
  return `total: ${cases}; ${files.join(", ")}`;
}
