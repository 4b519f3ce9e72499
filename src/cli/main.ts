import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { PlimsollError } from "../quantity/index.ts";
import { type BacktestOptions } from "./backtest.ts";
import { type CalibrateOptions } from "./calibrate.ts";
import { type HistoryOptions } from "./history.ts";
import { type SurfaceOptions } from "./surface.ts";
import { type CommandOutput, exitCodes } from "./command-output.ts";
import { inCommandWords } from "./command-words.ts";
import { packageFile } from "./input/package-file.ts";
import { addClearingCommands } from "./clearing/commands.ts";
import { addOptimizeCommands } from "./optimize-commands.ts";
import { nodeVersionProblem } from "./node-version.ts";
import { plainText } from "./output/plain-text.ts";

interface JsonOption {
  readonly json?: boolean;
}

let exitCode: number = exitCodes.done;

function write({ text, json, exitCode: code }: CommandOutput, options: JsonOption): void {
  process.stdout.write(
    options.json ? `${JSON.stringify(json, null, 2)}\n` : plainText(text.endsWith("\n") ? text : `${text}\n`),
  );
  exitCode = code ?? exitCodes.done;
}

const jsonOption = (): Option => new Option("--json", "print data for machines instead of a table");

const repeated = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Given once per file: several are responses of one API. */
const marketOption = (): Option =>
  new Option(
    "-m, --market <file>",
    "market: plimsoll/market@1, option-chain CSV(.gz), or responses of Deribit or ccxt, the option once for each (default: the seeded synthetic market)",
  ).argParser(repeated);

/** Given once per file. */
const sheetOption = (): Option =>
  new Option(
    "--sheet <file>",
    "a venue's parameter sheet, such as an edited copy of params/venues/drift-v2.json, in place of the shipped one, the option once for each",
  ).argParser(repeated);

function addBookOptions(command: Command): Command {
  return command
    .argument(
      "[portfolio...]",
      "portfolio: plimsoll/portfolio@1, or responses of Deribit or ccxt (default: the example book)",
    )
    .addOption(marketOption())
    .option(
      "--at <instant>",
      "which snapshot of a CSV of many: epoch milliseconds or ISO time, UTC unless it names a zone; the nearest is taken",
    )
    .option(
      "--history <file>",
      "history of the risk factors: plimsoll/history@1 (default: the seeded synthetic history)",
    )
    .option("--params <file>", "margin parameters: plimsoll/margin-parameters@1 (default: the shipped ones)")
    .addOption(sheetOption())
    .addOption(jsonOption());
}

/** The version in package.json. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}

function program(): Command {
  const root = new Command("plimsoll")
    .description(
      "Margin any book: what it must hold under isolated, cross and portfolio margin and under other venues' rules, and why.",
    )
    .version(packageVersion(), "-V, --version", "print the version")
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .showHelpAfterError("Run `plimsoll --help` for the commands.");

  addBookOptions(
    root
      .command("margin")
      .description("one book under one model: requirement, reasons, efficiency, distance to liquidation"),
  )
    .option("--model <id>", "margin model (see `plimsoll models`)", "plimsoll-portfolio")
    .option("--chart <file>", "also draw profit by scenario and the spot × volatility heat map: .svg or .png")
    .action(async (portfolio: string[], options: Record<string, string> & JsonOption) => {
      const { marginCommand } = await import("./margin.ts");
      write(await marginCommand({ portfolio, ...options }), options);
    });

  addBookOptions(root.command("compare").description("one book, many models side by side, with efficiency"))
    .option("--models <ids>", "comma-separated model ids, or `all`", "all")
    .option("--chart <file>", "also draw the requirements side by side: .svg or .png")
    .action(async (portfolio: string[], options: Record<string, string> & JsonOption) => {
      const { compareCommand } = await import("./compare.ts");
      write(await compareCommand({ portfolio, ...options }), options);
    });

  addBookOptions(
    root
      .command("explain")
      .description(
        "every term of one model's requirement, its rule, and the worst scenario position by position",
      ),
  )
    .option("--model <id>", "margin model (see `plimsoll models`)", "plimsoll-portfolio")
    .action(async (portfolio: string[], options: Record<string, string> & JsonOption) => {
      const { explainCommand } = await import("./explain.ts");
      write(await explainCommand({ portfolio, ...options }), options);
    });

  addBookOptions(
    root.command("greeks").description("delta, gamma, vega, theta, vanna, volga by position and underlying"),
  ).action(async (portfolio: string[], options: Record<string, string> & JsonOption) => {
    const { greeksCommand } = await import("./greeks.ts");
    write(await greeksCommand({ portfolio, ...options }), options);
  });

  addBookOptions(
    root
      .command("certify")
      .description(
        "a proven bound on what the book can lose anywhere in a box of spot × volatility, and where it nearly does",
      ),
  )
    .option("--spot <range>", "spot moves: 0.2 both ways, or -0.3..0.2 (default: the class's range)")
    .option("--vol <range>", "factors on every volatility: 0.8..1.5 (default: the class's shocks)")
    .option(
      "--shape <shape>",
      "parallel: one factor for all; tenor: the margin model's shocks by tenor",
      "parallel",
    )
    .option("--gap <share>", "how close bound and witness are brought, share of the loss (default: 0.0001)")
    .option("--cells <count>", "the most cells that are looked at (default: 200000)")
    .option("--compare", "also what the scenario grids of our own model and of the venues miss")
    .action(
      async (
        portfolio: string[],
        options: Record<string, string> & JsonOption & { readonly compare?: boolean },
      ) => {
        const { certifyCommand } = await import("./certify.ts");
        const { compare, ...rest } = options;
        write(await certifyCommand({ portfolio, ...rest, compare: compare === true }), options);
      },
    );

  root
    .command("books")
    .description("standard hedged books of a market under every model, side by side")
    .addOption(marketOption())
    .option(
      "--at <instant>",
      "which snapshot of a CSV of many: epoch milliseconds or ISO time, UTC unless it names a zone; the nearest is taken",
    )
    .option("--history <file>", "history of the risk factors: plimsoll/history@1")
    .option("--params <file>", "margin parameters: plimsoll/margin-parameters@1")
    .addOption(sheetOption())
    .option("--models <ids>", "comma-separated model ids, or `all`", "all")
    .option("--underlying <symbol>", "the books' underlying", "BTC")
    .option("--against <symbol>", "the other underlying of the pair (default: the market's next)")
    .option("--markdown", "print the table in Markdown")
    .addOption(jsonOption())
    .action(async (options: Record<string, string> & JsonOption) => {
      const { booksCommand } = await import("./books.ts");
      const { markdown, ...rest } = options;
      write(await booksCommand({ ...rest, markdown: markdown !== undefined }), options);
    });

  root
    .command("models")
    .description("the margin models: their ids, titles and venues")
    .addOption(jsonOption())
    .action(async (options: JsonOption) => {
      const { modelsCommand } = await import("./models.ts");
      write(await modelsCommand(), options);
    });

  root
    .command("surface")
    .description("fit the volatility surfaces of a market; name the arbitrage in its quotes")
    .argument("[market...]", "the market, as with --market")
    .addOption(marketOption())
    .option("--underlying <symbol>", "only this underlying")
    .option(
      "--at <instant>",
      "which snapshot of a CSV of many: epoch milliseconds or ISO time, UTC unless it names a zone; the nearest is taken",
    )
    .option("--chart <file>", "also draw the smiles: .svg or .png")
    .addOption(jsonOption())
    .action(
      async (
        named: string[],
        options: Omit<SurfaceOptions, "market"> & { market?: string[] } & JsonOption,
      ) => {
        const { surfaceCommand } = await import("./surface.ts");
        const { market, ...rest } = options;
        write(await surfaceCommand({ ...rest, market: [...named, ...(market ?? [])] }), options);
      },
    );

  root
    .command("chains")
    .description("re-price every quote of recorded option chains, invert every mark, fit every surface")
    .argument("<paths...>", "option-chain CSV(.gz) files or folders")
    .addOption(jsonOption())
    .action(async (paths: string[], options: JsonOption) => {
      const { chainsCommand } = await import("./chains.ts");
      write(await chainsCommand(paths), options);
    });

  root
    .command("history")
    .description("join tables of prices, volatilities and ratios into one history document")
    .option(
      "--series <source>",
      "FACTOR:OF=FILE[@COLUMN][*SCALE], once for each table; factors: spot, vol, term, skew, basis, ratio, price",
      repeated,
    )
    .option("--interval <length>", "step of the grid: 30m, 1h, 1d", "1h")
    .option("--from <instant>", "leave out what was known before")
    .option("--to <instant>", "leave out what was known after")
    .option("--source <text>", "where the numbers come from, for display")
    .option("--out <file>", "where to write the document")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample: plimsoll history --series spot:BTC=btc_1h.csv.gz --series vol:BTC=dvol.csv@btc_dvol*0.01 --out history.json",
    )
    .action(async (options: HistoryOptions & JsonOption) => {
      const { historyCommand } = await import("./history.ts");
      write(await historyCommand(options), options);
    });

  root
    .command("calibrate")
    .description("fit the margin parameters to market history")
    .argument("<data>", "folder of price histories and option chains in the formats of docs/formats.md")
    .option("--out <file>", "where to write the parameters")
    .option("--prices-from <instant>", "look at no price before this (default: 2019-01-01)")
    .option("--prices-until <instant>", "look at no price at or after this (default: 2024-07-01)")
    .option("--chains-until <instant>", "look at no option chain at or after this (default: 2026-04-01)")
    .option(
      "--safety <rate>",
      "solve the level with which every type of book covers this share, such as 0.99",
    )
    .option("--quick", "with --safety: fewer windows, for a first look")
    .addOption(jsonOption())
    .action(async (data: string, options: CalibrateOptions & JsonOption) => {
      const { calibrateCommand } = await import("./calibrate.ts");
      write(await calibrateCommand(data, options), options);
    });

  root
    .command("backtest")
    .description("walk a library of books forward through recorded prices under every model, and report")
    .option(
      "--data <folder>",
      "folder of recorded prices (docs/laboratory.md), the option once for each",
      repeated,
    )
    .option("--observations <file>", "report on the windows of an earlier run instead")
    .option(
      "--track <name>",
      "delta-one, staked, options, simulated-options; once for each (default: all)",
      repeated,
    )
    .option("--out <folder>", "where to write the report, its tables, and the windows")
    .option("--save <file>", "where to write the windows, for --observations")
    .option("--from <instant>", "ask for margin at no instant before (default: 2020-01-01)")
    .option("--to <instant>", "look at nothing from this instant on")
    .option("--quick", "fewer instants: done in two minutes")
    .option("--models <ids>", "comma-separated model ids, or `all`", "all")
    .option("--seed <number>", "of the random books", "1")
    .option("--threads <count>", "threads beside this one; results don't depend on it (default: 2)")
    .option("--params <file>", "margin parameters: plimsoll/margin-parameters@1 (default: the shipped ones)")
    .addOption(jsonOption())
    .action(async (options: BacktestOptions & JsonOption) => {
      const { backtestCommand } = await import("./backtest.ts");
      write(await backtestCommand(options), options);
    });

  root
    .command("vectors")
    .description("run files of recorded results of other systems and say where we differ")
    .argument("<paths...>", "vector files or folders")
    .addOption(jsonOption())
    .action(async (paths: string[], options: JsonOption) => {
      const { runVectors } = await import("./vectors/command.ts");
      write(await runVectors(paths), options);
    });

  addOptimizeCommands(root, write, addBookOptions);
  addClearingCommands(root, write);

  root
    .command("demo")
    .description("the example book on the example market under every model")
    .addOption(jsonOption())
    .action(async (options: JsonOption) => {
      const { demoCommand } = await import("./demo.ts");
      write(await demoCommand(), options);
    });
  return root;
}

/** Runs one command line. Never throws and never prints a stack: every failure is a message and an exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const problem = nodeVersionProblem(process.versions.node);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    return exitCodes.input;
  }
  exitCode = exitCodes.done;
  try {
    await program().parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    const asJson = (facts: unknown): void => {
      if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ error: facts }, null, 2)}\n`);
    };
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done;
      // Commander has already said it on standard error.
      asJson({ code: "PLM_USAGE", message: error.message.replace(/^error: /, "") });
      return exitCodes.input;
    }
    if (error instanceof PlimsollError) {
      const told = inCommandWords(error);
      asJson(told);
      process.stderr.write(`error ${plainText(told.message)}\n`);
      return exitCodes.input;
    }
    process.stderr.write(`fault in plimsoll: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env["PLIMSOLL_DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    else process.stderr.write("Set PLIMSOLL_DEBUG=1 and run it again for the details to report.\n");
    return exitCodes.fault;
  }
}
