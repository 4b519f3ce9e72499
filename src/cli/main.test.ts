import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const readers = fileURLToPath(new URL("../../test/vectors/readers/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "plimsoll-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function plimsoll(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const portfolioText = readFileSync(join(examples, "portfolio.json"), "utf8");
const marketText = readFileSync(join(examples, "market.json"), "utf8");

test("demo compares the example book under our models and other venues'", () => {
  const { status, out } = plimsoll("demo");
  assert.equal(status, 0);
  assert.match(out, /SYNTHETIC market/);
  for (const title of ["Isolated", "Cross", "Plimsoll portfolio margin", "Deribit standard margin", "SPAN"]) {
    assert.ok(out.includes(title), title);
  }
});

test("a partial result carries a star, and the star is explained", () => {
  const { out } = plimsoll(
    "compare",
    join(examples, "borrower.json"),
    "--models",
    "plimsoll-cross,okx-portfolio",
  );
  assert.match(out, /^OKX portfolio margin +[\d,.]+\* +[\d,.]+\* /m);
  assert.match(out, /^Cross +[\d,.]+ +[\d,.]+ /m);
  assert.match(out, /^\* partial:/m);
});

test("margin --json is data that agrees with itself", () => {
  const { status, out } = plimsoll("margin", "--json");
  assert.equal(status, 0);
  const { result, metrics, liquidation } = JSON.parse(out) as {
    result: { equity: number; initialMargin: number; maintenanceMargin: number; initialExcess: string };
    metrics: { liquidityBufferUsd: number };
    liquidation: { factor: { kind: string } }[];
  };
  assert.ok(result.maintenanceMargin <= result.initialMargin);
  assert.ok(Math.abs(Number(result.initialExcess) - (result.equity - result.initialMargin)) < 1e-5);
  assert.ok(Math.abs(metrics.liquidityBufferUsd - (result.equity - result.maintenanceMargin)) < 1e-6);
  assert.deepEqual([...new Set(liquidation.map(({ factor }) => factor.kind))], ["spot", "vol", "peg"]);
});

test("explain, greeks, books, models, surface answer on the examples", () => {
  for (const [args, expected] of [
    [["explain"], /Worst scenario/],
    [["explain", "--model", "span"], /Requirement/],
    [["greeks"], /total/],
    [["books", "--models", "plimsoll-cross,plimsoll-portfolio"], /short box/],
    [["models"], /deribit-portfolio/],
    [["surface", "--underlying", "BTC"], /ATM/],
  ] as const) {
    const { status, out, err } = plimsoll(...args);
    assert.equal(status, 0, `${args.join(" ")}: ${err}`);
    assert.match(out, expected);
  }
});

test("charts are written as SVG and PNG", () => {
  for (const name of ["chart.svg", "chart.png"]) {
    const path = join(folder, name);
    const { status, err } = plimsoll("margin", "--model", "plimsoll-portfolio", "--chart", path);
    assert.equal(status, 0, err);
    const bytes = readFileSync(path);
    assert.ok(
      name.endsWith("svg")
        ? bytes.toString("utf8").startsWith("<svg")
        : bytes.subarray(1, 4).toString() === "PNG",
    );
  }
  const { status, err } = plimsoll("margin", "--chart", join(folder, "chart.gif"));
  assert.equal(status, 2);
  assert.match(err, /\.svg or \.png/);
});

test("responses of Deribit and ccxt are recognised", () => {
  const deribit = (name: string): string => join(readers, `deribit-${name}.json`);
  const book = [deribit("positions"), deribit("account-summaries")];
  const market = ["book-summaries", "tickers", "instruments"].flatMap((name) => ["-m", deribit(name)]);
  const a = plimsoll("margin", ...book, ...market, "--json");
  assert.equal(a.status, 0, a.err);
  const ccxt = (name: string): string => join(readers, `ccxt-${name}.json`);
  const b = plimsoll(
    "compare",
    ccxt("positions"),
    ccxt("balance"),
    "-m",
    ccxt("tickers"),
    "-m",
    ccxt("markets"),
    "-m",
    ccxt("option-chain"),
    "--models",
    "plimsoll-portfolio",
  );
  assert.equal(b.status, 0, b.err);
  const mixed = plimsoll("margin", ...book, "-m", deribit("tickers"), "-m", ccxt("tickers"));
  assert.equal(mixed.status, 2);
  assert.match(mixed.err, /like the files before/);
});

const edit = (text: string, change: (document: Record<string, never>) => void): string => {
  const document = JSON.parse(text) as Record<string, never>;
  change(document);
  return JSON.stringify(document);
};

const chainHeader = "ts_ms,currency,expiry_ms,strike,type,forward,index,bid,ask,mark,iv";

const bad: readonly [string, () => string[], RegExp][] = [
  [
    "truncated JSON",
    () => [file("cut.json", portfolioText.slice(0, portfolioText.length / 2))],
    /PLM_JSON_SYNTAX/,
  ],
  ["an empty file", () => [file("empty.json", "")], /PLM_/],
  [
    "a wrong type",
    () => [file("type.json", '{"schema":"plimsoll/portfolio@1","balances":7}')],
    /PLM_FIELD.*balances/,
  ],
  [
    "another version",
    () => [file("version.json", '{"schema":"plimsoll/portfolio@9"}')],
    /PLM_DOCUMENT_VERSION/,
  ],
  [
    "an unknown instrument",
    () => [
      file(
        "unknown.json",
        '{"schema":"plimsoll/portfolio@1","positions":[{"instrument":"BTC-1JAN30-1-C","size":1}]}',
      ),
    ],
    /PLM_UNKNOWN.*positions\[0\]\.instrument/,
  ],
  [
    "NaN",
    () => [file("nan.json", '{"schema":"plimsoll/portfolio@1","balances":[{"asset":"USD","amount":NaN}]}')],
    /PLM_JSON_SYNTAX/,
  ],
  [
    "an amount that is no number",
    () => [
      file("amount.json", '{"schema":"plimsoll/portfolio@1","balances":[{"asset":"USD","amount":"NaN"}]}'),
    ],
    /PLM_FIELD.*balances\[0\]\.amount/,
  ],
  ["nesting a million deep", () => [file("deep.json", "[".repeat(1_000_000))], /PLM_LIMIT/],
  ["a missing file", () => [join(folder, "nowhere.json")], /PLM_FILE.*nowhere/],
  ["a folder for a file", () => [folder], /PLM_FILE/],
  [
    "a negative volatility",
    () => [
      "-m",
      file(
        "vol.json",
        edit(marketText, (document) => {
          const quotes = document["quotes"] as unknown as { impliedVol?: number }[];
          quotes.find((quote) => quote.impliedVol !== undefined)!.impliedVol = -0.5;
        }),
      ),
    ],
    /PLM_(FIELD|DOMAIN).*impliedVol/,
  ],
  [
    "an expiry in the past",
    () => [
      "-m",
      file(
        "expiry.json",
        edit(marketText, (document) => {
          const instruments = document["instruments"] as unknown as { expiryMs?: number }[];
          instruments.find((instrument) => instrument.expiryMs !== undefined)!.expiryMs = 1;
        }),
      ),
    ],
    /PLM_\w+.*expiryMs/,
  ],
  ["an unknown model", () => ["--model", "no-such-model"], /PLM_UNKNOWN.*one of plimsoll-isolated/],
  ["an instant that is none", () => ["--at", "yesterday"], /PLM_USAGE.*--at/],
  ["a day that is none", () => ["--at", "2026-02-30"], /PLM_USAGE.*--at/],
  ["epoch seconds", () => ["--at", "1767603600"], /PLM_USAGE.*--at/],
  [
    "a table without rows",
    () => ["-m", file("header.csv", `${chainHeader}\n`)],
    /PLM_CSV_SYNTAX.*without rows/,
  ],
  [
    "text that is no UTF-8",
    () => [
      file("latin1.json", Buffer.from('{"schema":"plimsoll/portfolio@1","name":"caf\u00e9"}', "latin1")),
    ],
    /PLM_FILE.*UTF-8/,
  ],
  ["a market's response for a book", () => [join(readers, "deribit-tickers.json")], /PLM_FIELD.*--market/],
  ["damaged gzip", () => ["-m", file("bad.csv.gz", "this is no gzip")], /PLM_FILE/],
  ["a table that is no chain", () => ["-m", file("no-chain.csv", "a,b\n1,2\n")], /PLM_CSV_SYNTAX/],
];

for (const [what, args, expected] of bad) {
  test(`margin on ${what}: a typed error, no stack, exit 2`, () => {
    const { status, out, err } = plimsoll("margin", ...args());
    assert.equal(status, 2, err);
    assert.match(err, expected);
    assert.doesNotMatch(err, /\n\s+at /);
    assert.equal(out, "");
  });
}

test("calibrate on what is no folder of tables: a typed error", () => {
  const rows = Array.from({ length: 99 }, (_, at) => `${Date.UTC(2023, 0, 1) + at * 3_600_000},${100 + at}`);
  mkdirSync(join(folder, "data", "spot_1h"), { recursive: true });
  file("data/spot_1h/BTCUSDT.csv", `ts_ms,close\n${rows.join("\n")}\n`);
  file("data/options_chain_deribit", "not a folder");
  for (const args of [
    [file("prices.csv", "ts_ms,close\n")],
    [join(folder, "data")],
    [join(folder, "data"), "--prices-until", "2020-01-01"],
  ]) {
    const { status, err } = plimsoll("calibrate", ...args);
    assert.equal(status, 2, err);
    assert.match(err, /PLM_(FILE|DATA_GAP).*(prices\.csv|options_chain_deribit|data)/);
  }
});

test("a mistake in a document names its file", () => {
  const history = file("past.json", '{"schema":"plimsoll/history@1","source":"x"');
  assert.match(plimsoll("margin", "--history", history).err, /past\.json:1:\d+/);
  const parameters = file("limits.json", '{"schema":"plimsoll/margin-parameters@1"}');
  assert.match(plimsoll("margin", "--params", parameters).err, /PLM_FIELD: limits\.json: /);
  const book = file("book.json", '{"schema":"plimsoll/portfolio@1","balances":7}');
  assert.match(plimsoll("margin", book).err, /PLM_FIELD: book\.json: balances is 7/);
  const unknown = file(
    "other.json",
    '{"schema":"plimsoll/portfolio@1","positions":[{"instrument":"X","size":1}]}',
  );
  assert.match(plimsoll("margin", unknown).err, /PLM_UNKNOWN: other\.json: positions\[0\]/);
  const market = edit(marketText, (document) => Object.assign(document, { quotes: 7 }));
  assert.match(plimsoll("margin", "-m", file("prices.json", market)).err, /PLM_FIELD: prices\.json: quotes/);
});

test("a file of 100 MB is refused by its size", () => {
  const path = join(folder, "huge.json");
  writeFileSync(path, Buffer.alloc(100_000_000, 32));
  const { status, err } = plimsoll("margin", path);
  assert.equal(status, 2);
  assert.match(err, /PLM_LIMIT/);
});

test("names of others' files are shown, not obeyed", () => {
  const evil = "a\u001b[31m\u202e\nb";
  const book = edit(portfolioText, (document) => Object.assign(document, { name: evil }));
  const market = edit(marketText, (document) => Object.assign(document, { source: evil }));
  const { status, out } = plimsoll("greeks", file("evil.json", book), "-m", file("evil-market.json", market));
  assert.equal(status, 0);
  assert.doesNotMatch(out, /(?!\n)[\p{Cc}\u202e]/u);
  assert.match(out, /^a\ufffd\[31m\ufffd\ufffdb: 9 positions, 3 balances\n/);
});

test("an empty book has figures, and a chart without NaN", () => {
  const chart = join(folder, "empty.svg");
  const book = file("none.json", '{"schema":"plimsoll/portfolio@1"}');
  const { status, out } = plimsoll("margin", book, "--chart", chart);
  assert.equal(status, 0);
  assert.match(out, /0 positions, 0 balances/);
  assert.match(out, /capital utilization +0\.0%/);
  assert.doesNotMatch(readFileSync(chart, "utf8"), /NaN/);
});

test("--at: UTC without a zone; another instant than the one asked for is said", () => {
  const rows = [1767603600000, 1767690000000].map(
    (ts) => `${ts},BTC,1774598400000,100000,C,101000,100000,0.05,0.06,0.055,0.5`,
  );
  const chain = file("two.csv", `${chainHeader}\n${rows.join("\n")}\n`);
  const at = (instant: string): string => plimsoll("surface", chain, "--at", instant).out;
  assert.match(at("2026-01-05T09:00"), /2026-01-05 09:00 UTC/);
  assert.doesNotMatch(at("2026-01-05T09:00"), /nearest to --at/);
  assert.match(at("2026-01-06T10:00+01:00"), /2026-01-06 09:00 UTC/);
  assert.match(at("2026-03-05"), /note: the snapshot of two\.csv nearest to --at is of 2026-01-06T09:00:00Z/);
  assert.match(plimsoll("surface", "--at", "2026-01-05").out, /note: --at .* was not used/);
});

test(
  "a disk that is full gets a message and a failure",
  { skip: !existsSync("/dev/full") && "no /dev/full" },
  () => {
    const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${bin}" models > /dev/full`], {
      encoding: "utf8",
    });
    assert.equal(status, 2);
    assert.match(stderr, /PLM_FILE.*written/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  },
);

test("- is standard input", () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [bin, "margin", "-", "--model", "plimsoll-cross", "--json"],
    {
      encoding: "utf8",
      input: portfolioText,
    },
  );
  assert.equal(status, 0);
  assert.equal(stdout, plimsoll("margin", "--model", "plimsoll-cross", "--json").out);
});

test("--json gives the error as data too", () => {
  const { status, out } = plimsoll("margin", join(folder, "nowhere.json"), "--json");
  assert.equal(status, 2);
  const { error } = JSON.parse(out) as { error: { code: string; remedy: string } };
  assert.equal(error.code, "PLM_FILE");
  assert.ok(error.remedy.length > 0);
  const usage = plimsoll("margin", "--nope", "--json");
  assert.equal(usage.status, 2);
  assert.match(usage.out, /"PLM_USAGE"/);
});

test("help and usage: exit 0 when asked, 2 when mistaken", () => {
  assert.equal(plimsoll("--help").status, 0);
  assert.equal(plimsoll("margin", "--help").status, 0);
  assert.match(plimsoll("--version").out, /^\d+\.\d+\.\d+\n$/);
  const { status, err } = plimsoll("magrin");
  assert.equal(status, 2);
  assert.match(err, /Did you mean margin/);
  assert.equal(plimsoll("vectors").status, 2);
  assert.match(plimsoll("books", "--against", "BTC").err, /PLM_USAGE.*another underlying/);
});

test(
  "a reader that closes the pipe early gets no stack trace",
  { skip: process.platform === "win32" && "no sh" },
  () => {
    const { stderr, stdout } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${bin}" margin --json | head -c 10`],
      { encoding: "utf8" },
    );
    assert.equal(stdout.length, 10);
    assert.equal(stderr, "");
  },
);

test("history joins tables and feeds margin", () => {
  const rows = Array.from(
    { length: 2_000 },
    (_, at) => `${Date.UTC(2025, 8, 1) + at * 3_600_000},${80_000 + 500 * ((at * 7919) % 13)}`,
  );
  const table = file("btc.csv", `ts_ms,close\n${rows.join("\n")}\n`);
  const out = join(folder, "history.json");
  const made = plimsoll("history", "--series", `spot:BTC=${table}`, "--out", out);
  assert.equal(made.status, 0, made.err);
  const used = plimsoll("margin", "--history", out);
  assert.equal(used.status, 0, used.err);
  assert.match(used.out, /Expected Shortfall/);
  const mistaken = plimsoll("history", "--series", "spot=x");
  assert.equal(mistaken.status, 2);
  assert.match(mistaken.err, /FACTOR:OF=FILE/);
});
