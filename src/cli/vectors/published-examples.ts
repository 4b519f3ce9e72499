import { formatRational } from "../../risk/venues/shared/rational.ts";
import { isFields, fieldsAt, type Fields } from "./case-fields.ts";
import { compareFields, type Tolerance } from "./compare.ts";
import { type CaseResult, type VectorFamily } from "./family.ts";
import { caseInputs, nameAsExpected } from "./published-inputs.ts";
import { auctionTopics } from "./published-auctions.ts";
import { backtestTopics } from "./published-backtest.ts";
import { clearingTopics } from "./published-clearing.ts";
import { publishedPortfolioMarginFull } from "./published-derive.ts";
import { isolatedTopics, unknownTopic, type Topic } from "./published-isolated.ts";
import { liquidationTopics } from "./published-liquidations.ts";
import { okxTopics } from "./published-okx.ts";
import { portfolioTopics } from "./published-portfolio.ts";
import { scanTopics } from "./published-scans.ts";

/** Areas with rules here: a topic of theirs without one fails. */
const ownTopics =
  /^((margin|standard-margin|portfolio-margin|span|simm|backtest|settlement|pricing|vamm|funding|lending|auction|liquidation)\.)/;

const derivePortfolioMargin: Topic = (inputs, { grids, expected }) => ({
  ...publishedPortfolioMarginFull(inputs.fields, grids, expected),
});

const topics: ReadonlyMap<string, Topic> = new Map([
  ...isolatedTopics,
  ...portfolioTopics,
  ...okxTopics,
  ...scanTopics,
  ...backtestTopics,
  ...clearingTopics,
  ...auctionTopics,
  ...liquidationTopics,
  ["portfolio-margin.full", derivePortfolioMargin],
]);

/** Exact fractions as decimal text, everything else as it is. */
function printable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(printable);
  if (!isFields(value)) return value;
  const { numerator, denominator } = value;
  if (typeof numerator === "bigint" && typeof denominator === "bigint") {
    return formatRational({ numerator, denominator });
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, printable(item)]));
}

/** Used when a case states no tolerance: what float64 leaves of a printed figure. */
const unstated: Tolerance = { relative: "1e-9", absolute: "1e-12" };

function toleranceOf(vector: Fields): Tolerance {
  const stated = vector["tolerance"];
  if (!isFields(stated)) return unstated;
  const { rel, abs } = stated;
  const bound = (value: unknown): string | number =>
    typeof value === "string" || typeof value === "number" ? value : 0;
  return { relative: bound(rel), absolute: bound(abs) };
}

function runCase(vector: Fields, id: string, grids: unknown): CaseResult {
  const text = (key: string): string => (typeof vector[key] === "string" ? vector[key] : "");
  const topic = text("topic");
  if (topic !== "" && !ownTopics.test(topic)) {
    return { id, failures: [], setAside: [], notCovered: `${topic}: an area without rules here` };
  }
  try {
    const fields = fieldsAt(vector, "inputs");
    const expected = fieldsAt(vector, "expected");
    const inputs = caseInputs(topic, text("system"), fields);
    const rule = topics.get(topic);
    if (!rule) throw unknownTopic(topic);
    const got = printable(nameAsExpected(rule(inputs, { grids, expected }), expected));
    const tolerance = toleranceOf(vector);
    return { id, failures: compareFields(expected, got, () => tolerance), setAside: [] };
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { id, failures: [{ field: "inputs", expected: "a result", got }], setAside: [] };
  }
}

/** Examples that public documents print: many systems, one shape of case. */
export const publishedExamples: VectorFamily = {
  family: "published-examples",
  matches(document) {
    if (!isFields(document) || !Array.isArray(document["vectors"])) return false;
    const first: unknown = document["vectors"][0];
    return (
      isFields(first) &&
      typeof first["topic"] === "string" &&
      isFields(first["inputs"]) &&
      isFields(first["expected"])
    );
  },
  run(document) {
    const vectors: readonly unknown[] =
      isFields(document) && Array.isArray(document["vectors"]) ? document["vectors"] : [];
    const grids = isFields(document) ? document["grids"] : undefined;
    return vectors.map((vector, index) => {
      const id = isFields(vector) && typeof vector["id"] === "string" ? vector["id"] : `#${index}`;
      if (isFields(vector)) return runCase(vector, id, grids);
      return {
        id,
        failures: [{ field: "vectors", expected: "an object", got: typeof vector }],
        setAside: [],
      };
    });
  },
};
