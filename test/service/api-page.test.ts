import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  defaultLimits,
  type Receipt,
  type Route,
  routes,
  statusOfCode,
} from "../../src/service/api/index.ts";
import { errorCodes, type ErrorCode } from "../../src/quantity/error.ts";
import { ServedVenue } from "./api-client.ts";
import { keys, perpetualName } from "./venue.ts";

const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");

/** What stands under a mark of the page, up to the next empty line. */
function under(mark: string): string {
  const at = page.indexOf(`<!-- ${mark} -->\n`);
  assert.ok(at >= 0, `docs/api.md has ${mark}`);
  return page.slice(at + mark.length + 10).split("\n\n")[0] ?? "";
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

test("docs/api.md lists every route", () => {
  const rows = Object.values<Route>(routes).map(({ method, path, access, summary }) => {
    const who = { public: "", session: "session", account: "account" }[access];
    return `| \`${method} ${path}\` | ${summary} | ${who} |`;
  });
  assert.equal(under("routes"), ["| Route | What | Needs |", "|---|---|---|", ...rows].join("\n"));
});

test("docs/api.md lists the status of every code", () => {
  const codes = new Map<number, string[]>();
  for (const [code, status] of Object.entries(statusOfCode)) {
    assert.ok(isCode(code));
    codes.set(status, [...(codes.get(status) ?? []), `\`${code}\``]);
  }
  const rows = [...codes].sort(([a], [b]) => a - b).map(([status, of]) => `| ${status} | ${of.join(", ")} |`);
  const own = "| 503 | `PLM_BUSY`, `PLM_UNAVAILABLE` |";
  assert.equal(under("statuses"), ["| Status | Codes |", "|---|---|", ...rows, own].join("\n"));
});

test("docs/api.md has every limit with its value", () => {
  const rows = under("limits").split("\n").slice(2);
  const found = new Map(
    rows.map((row) => [/`(\w+)`/.exec(row)?.[1], Number(row.split("|")[2]?.replaceAll(",", ""))]),
  );
  assert.deepEqual(Object.fromEntries(found), { ...defaultLimits });
});

test("the examples of docs/api.md are what the service answers", async (t) => {
  const served = await ServedVenue.start();
  t.after(() => served.close());
  const { venue } = served;
  const order = venue.order({ account: venue.alice, priceTicks: 99_000, lots: 3 });
  const { body } = await served.post<Receipt>("/v1/commands", venue.sign(keys.alice, order));
  await venue.must(keys.bob, venue.order({ account: venue.bob, side: "sell", priceTicks: 101_000, lots: 5 }));
  const book = await served.get(`/v1/instruments/${perpetualName}/book?depth=2`);
  assert.equal(under("receipt"), `\`\`\`json\n${JSON.stringify(body, undefined, 2)}\n\`\`\``);
  assert.equal(under("book"), `\`\`\`json\n${JSON.stringify(book.body, undefined, 2)}\n\`\`\``);
});
