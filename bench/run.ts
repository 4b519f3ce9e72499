// Benchmarks: `npm run bench` runs all, `npm run bench -- remargin order tick` some. Each checks its answers before it is timed,
// then prints medians and ratios beside the targets of docs/performance.md. `--rounds N` sets how often each is timed.
import { parseArgs } from "node:util";
import { printMachine } from "./measure.ts";

const benches: Record<string, () => Promise<(rounds: number) => Promise<void>>> = {
  black76: async () => (await import("./black76.ts")).benchBlack76,
  remargin: async () => (await import("./remargin.ts")).benchRemargin,
  tick: async () => (await import("./tick.ts")).benchTick,
  order: async () => (await import("./order.ts")).benchOrder,
  ledger: async () => (await import("./ledger.ts")).benchLedger,
  journal: async () => (await import("./journal.ts")).benchJournal,
  portfolio: async () => (await import("./portfolio-margin.ts")).benchPortfolioMargin,
  book: async () => (await import("./book.ts")).benchBook,
  signatures: async () => (await import("./signatures.ts")).benchSignatures,
  "state-root": async () => (await import("./state-root.ts")).benchStateRoot,
  engine: async () => (await import("./engine.ts")).benchEngine,
  service: async () => (await import("./service.ts")).benchService,
  latency: async () => (await import("./latency.ts")).benchLatency,
  "replay-journal": async () => (await import("./replay-journal.ts")).benchReplayJournal,
  "state-memory": async () => (await import("./state-memory.ts")).benchStateMemory,
  "end-to-end": async () => (await import("./end-to-end.ts")).benchEndToEnd,
  margin: async () => (await import("./clearing-margin.ts")).benchClearingMargin,
  watch: async () => (await import("./watch.ts")).benchWatch,
  certify: async () => (await import("./certify.ts")).benchCertify,
};

const usage = `usage: bench [${Object.keys(benches).join("|")}]… [--rounds N]
Without names all of them. \`npm run bench:setup\` installs what they are compared with.`;

function refuse(): never {
  console.error(usage);
  process.exit(2);
}

function given(): ReturnType<typeof read> {
  try {
    return read();
  } catch {
    return refuse();
  }
}

const read = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "15" },
      help: { type: "boolean", short: "h", default: false },
    },
  });

const { values, positionals } = given();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const wanted = positionals.length > 0 ? positionals : Object.keys(benches);
const rounds = Number(values.rounds);
const isKnown = wanted.every((name) => Object.hasOwn(benches, name));
if (!isKnown || !(Number.isInteger(rounds) && rounds > 0)) refuse();
printMachine();
for (const name of wanted) {
  const bench = await benches[name]?.();
  await bench?.(rounds);
}
