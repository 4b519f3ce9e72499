import { type Static, type TSchema, Type } from "typebox";
import { type Decimal, formatDecimal, parseDecimal } from "../quantity/decimal.ts";
import { identifier, maxPositions, maxUnderlyings, price, quotedPrice } from "./document-fields.ts";
import { type JsonTextOptions, parseJson } from "./json-text.ts";
import { checkUnique } from "./market-checks.ts";
import { type Balance, type OpenOrder, type Portfolio, type Position } from "./portfolio.ts";
import { type Checked, collectProblems, type Problems, valueOrThrow } from "./problems.ts";
import { followsSchema } from "./schema-check.ts";
import { checkVersion } from "./schema-version.ts";
import { writeDocument } from "./write-document.ts";

/** Name and version of the portfolio document. */
export const portfolioSchemaId = "plimsoll/portfolio@1";

/** An exact amount: a number, or a decimal string where binary fractions would lose digits. */
export type AmountDocument = number | string;

/** A portfolio in JSON. */
export interface PortfolioDocument {
  readonly schema: typeof portfolioSchemaId;
  /** Default `portfolio`. */
  readonly name?: string;
  readonly balances?: readonly { readonly asset: string; readonly amount: AmountDocument }[];
  readonly positions?: readonly {
    readonly instrument: string;
    readonly size: AmountDocument;
    readonly entryPrice?: number;
  }[];
  readonly orders?: readonly {
    readonly instrument: string;
    readonly size: AmountDocument;
    readonly price: number;
  }[];
}

const closed = { additionalProperties: false };
const amount = (description: string) =>
  Type.Union(
    [
      Type.Number(),
      Type.String({
        pattern: "^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$",
        maxLength: 128,
        description: 'a decimal string such as "-12.5"',
      }),
    ],
    { description },
  );

const schema = Type.Object(
  {
    schema: Type.Literal(portfolioSchemaId, { description: "Name and version of this format." }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    balances: Type.Optional(
      Type.Array(
        Type.Object(
          { asset: identifier("Symbol of an asset."), amount: amount("Negative is a debt.") },
          closed,
        ),
        { maxItems: maxUnderlyings, description: "At most one entry an asset." },
      ),
    ),
    positions: Type.Optional(
      Type.Array(
        Type.Object(
          {
            instrument: identifier("Id of an instrument of the market."),
            size: amount("Contracts, signed: a short is negative."),
            entryPrice: Type.Optional(
              price(
                "Average entry price of a perpetual or future. Absent: the mark. Ignored for spot and options, whose whole value counts.",
              ),
            ),
          },
          closed,
        ),
        { maxItems: maxPositions, description: "At most one entry an instrument." },
      ),
    ),
    orders: Type.Optional(
      Type.Array(
        Type.Object(
          {
            instrument: identifier("Id of an instrument of the market."),
            size: amount("Contracts, signed: negative sells. Not zero."),
            price: quotedPrice("Limit price, in the instrument's price convention."),
          },
          closed,
        ),
        { maxItems: maxPositions, description: "Resting orders." },
      ),
    ),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:plimsoll:schema:portfolio:1",
    title: "Plimsoll portfolio, version 1",
    description: "What one account holds: balances, positions and resting orders.",
  },
);

/** JSON Schema of {@link PortfolioDocument}, published as `schemas/portfolio-1.json`. */
export const portfolioSchema: TSchema = schema;

/** Whether JSON is a portfolio document. Compiles only while schema and {@link PortfolioDocument} agree. */
const isPortfolioDocument: (json: unknown, problems: Problems) => json is PortfolioDocument = (
  json,
  problems,
): json is Static<typeof schema> => followsSchema(schema, json, problems);

/**
 * Reads a portfolio document. Whether its instruments exist is asked when it meets a market: `checkPortfolio`.
 *
 * @throws {PlimsollError} the first thing wrong with it. {@link checkPortfolioText} gives all.
 */
export const parsePortfolio = (text: string, options: JsonTextOptions = {}): Portfolio =>
  valueOrThrow(checkPortfolioText(text, options));

/** Like {@link parsePortfolio}, but returns every error found (at most 100) instead of throwing the first. */
export function checkPortfolioText(text: string, options: JsonTextOptions = {}): Checked<Portfolio> {
  const problems = collectProblems();
  const json = problems.attempt(() => parseJson(text, { name: "portfolio", ...options }));
  if (problems.errors.length > 0) return { errors: problems.errors };
  return checkPortfolioValue(json);
}

/** Like {@link checkPortfolioText}, for JSON that is already parsed. */
export function checkPortfolioValue(json: unknown): Checked<Portfolio> {
  const problems = collectProblems();
  if (!checkVersion(json, portfolioSchemaId, problems)) return { errors: problems.errors };
  if (!isPortfolioDocument(json, problems)) return { errors: problems.errors };
  const value = portfolioFromDocument(json, problems);
  return problems.errors.length === 0 ? { value, errors: [] } : { errors: problems.errors };
}

const zero: Decimal = { coefficient: 0n, scale: 0 };

function portfolioFromDocument(document: PortfolioDocument, problems: Problems): Portfolio {
  const exact = (value: AmountDocument, field: string): Decimal =>
    problems.attempt(() => parseDecimal(value, field)) ?? zero;
  const { balances = [], positions = [], orders = [] } = document;
  checkUnique(
    balances.map(({ asset }) => asset),
    (at) => `balances[${at}].asset`,
    problems,
  );
  checkUnique(
    positions.map(({ instrument }) => instrument),
    (at) => `positions[${at}].instrument`,
    problems,
  );
  return {
    name: document.name ?? "portfolio",
    balances: balances.map(({ asset, amount }, at): Balance => ({
      asset,
      amount: exact(amount, `balances[${at}].amount`),
    })),
    positions: positions.map((position, at): Position => ({
      ...position,
      size: exact(position.size, `positions[${at}].size`),
    })),
    orders: orders.map((order, at): OpenOrder => {
      const size = exact(order.size, `orders[${at}].size`);
      if (size.coefficient === 0n) {
        problems.add("PLM_FIELD", {
          field: `orders[${at}].size`,
          value: order.size,
          limit: "other than 0",
          remedy: "Remove the order.",
        });
      }
      return { ...order, size };
    }),
  };
}

/** Writes a portfolio as a document that {@link parsePortfolio} reads back to an equal portfolio. Amounts are strings. */
export const writePortfolio = (portfolio: Portfolio): string => writeDocument(portfolioToDocument(portfolio));

export const portfolioToDocument = ({ name, balances, positions, orders }: Portfolio): PortfolioDocument => ({
  schema: portfolioSchemaId,
  name,
  balances: balances.map(({ asset, amount }) => ({ asset, amount: formatDecimal(amount) })),
  positions: positions.map((position) => ({ ...position, size: formatDecimal(position.size) })),
  ...(orders.length > 0 && {
    orders: orders.map((order) => ({ ...order, size: formatDecimal(order.size) })),
  }),
});
