import { type Command } from "commander";
import { type CommandOutput } from "../command-output.ts";
import { type ArchiveCommandOptions } from "./archive.ts";
import { type CrashCommandOptions } from "./crash.ts";
import { addDefaultCommands } from "./default-commands.ts";
import { type ExportOptions } from "./export.ts";
import { type ReplayCommandOptions } from "./replay.ts";
import { type ServeOptions } from "./serve.ts";
import { type StressOptions } from "./stress.ts";
import { type TailOptions } from "./tail.ts";
import { type VerifyOptions } from "./verify.ts";

interface JsonOption {
  readonly json?: boolean;
}

const repeated = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

type Write = (output: CommandOutput, options: JsonOption) => void;

/** Adds the commands around the clearing service to the program. Each loads its code when it runs. */
export function addClearingCommands(root: Command, write: Write): void {
  root
    .command("serve")
    .description("run a clearing service: its market, its journal, its API, and sample traders")
    .option(
      "--data <folder>",
      "keeps everything, and goes on from it, whose prices and speed it decides (default: a new temporary folder)",
    )
    .option("--port <number>", "of the API; 0: any free one", "7300")
    .option("--host <address>", "that the API listens on", "127.0.0.1")
    .option(
      "--feed <kind>",
      "a new venue's prices: synthetic, replay or live (default: synthetic, or replay with --replay)",
    )
    .option(
      "--seed <number>",
      "of a new synthetic market; a folder that is a venue already has its own (default: 1)",
    )
    .option("--speed <factor>", "a new venue's time per real time; an old one has its own (default: 1)")
    .option("--replay <folder>", "recorded tables in the formats of docs/feeds.md")
    .option("--from <instant>", "where a new venue's recording begins, or its synthetic market starts")
    .option("--to <instant>", "where a new venue's recording ends")
    .option("--traders <count>", "sample takers, beside five makers", "24")
    .option("--no-traders", "no sample traders")
    .option(
      "--history <address>",
      "SQLite file or PostgreSQL connection string (default: in the data folder)",
    )
    .option("--params <file>", "a new venue's margin parameters: plimsoll/margin-parameters@1")
    .option("--margin-history <file>", "a new venue's history for portfolio margin: plimsoll/history@1")
    .option("--for <time>", "stop after 60s, 5m, 1h")
    .option(
      "--accept-loss-after <sequence>",
      "open a damaged journal up to this command, and give up the rest",
    )
    .option(
      "--trust-proxy <addresses>",
      "proxies whose X-Forwarded-For says who asks, such as 10.0.0.7,10.1.0.0/16",
    )
    .option("--origins <origins>", "whose pages may ask from browsers, such as https://page.example; *: all")
    .option("--log <level>", "write a log to standard error: trace, debug, info, warn, error or fatal")
    .option("--json", "print the summary as data; where it runs is a line of JSON on standard error")
    .action(async (options: ServeOptions & JsonOption) => {
      const { serveCommand } = await import("./serve.ts");
      write(await serveCommand(options), options);
    });

  root
    .command("verify")
    .description("replay a journal from its first command and compare the state's root at each snapshot")
    .argument("<journal>", "folder that `plimsoll serve --data` keeps")
    .option("--signatures", "check every signature again too")
    .option("--archive <folder>", "folder that early segments were archived to; again for more", repeated)
    .option("--json", "print data for machines instead of a table")
    .action(async (journal: string, options: VerifyOptions & JsonOption) => {
      const { verifyCommand } = await import("./verify.ts");
      write(await verifyCommand(journal, options), options);
    });

  root
    .command("tail")
    .description("the last commands of a journal, and what they caused")
    .argument("<journal>", "folder that `plimsoll serve --data` keeps")
    .option("-n, --lines <count>", "how many commands", "20")
    .option("--events", "also what each caused")
    .option("--archive <folder>", "folder that early segments were archived to; again for more", repeated)
    .option("--json", "print data for machines instead of lines")
    .action(async (journal: string, options: TailOptions & JsonOption) => {
      const { tailCommand } = await import("./tail.ts");
      write(await tailCommand(journal, options), options);
    });

  root
    .command("export")
    .description("a journal as JSON lines, or as history in SQL")
    .argument("<journal>", "folder that `plimsoll serve --data` keeps")
    .option("--out <file>", "JSON lines: one command with its events on each")
    .option("--history <address>", "SQLite file or PostgreSQL connection string: history is made anew there")
    .option("--archive <folder>", "folder that early segments were archived to; again for more", repeated)
    .option("--json", "print data for machines instead of text")
    .action(async (journal: string, options: ExportOptions & JsonOption) => {
      const { exportCommand } = await import("./export.ts");
      write(await exportCommand(journal, options), options);
    });

  root
    .command("archive")
    .description(
      "move early segments of a stopped service's journal to another folder; snapshots must cover them",
    )
    .argument("<journal>", "folder that `plimsoll serve --data` keeps")
    .requiredOption("--to <folder>", "where to, on another disk at best")
    .option("--before <record>", "only what lies wholly before this record, or UTC day or instant")
    .option("--json", "print data for machines instead of text")
    .action(async (journal: string, options: ArchiveCommandOptions & JsonOption) => {
      const { archiveCommand } = await import("./archive.ts");
      write(await archiveCommand(journal, options), options);
    });

  root
    .command("stress")
    .description(
      "what the largest losers of a venue would lose beyond their equity, and whether its insurance fund covers it",
    )
    .argument("[venue]", "address of a running service, or the folder that `plimsoll serve --data` keeps")
    .option("--synthetic", "a venue made up on the spot instead: synthetic prices, made-up traders")
    .option("--seed <number>", "of the synthetic venue (default: 1)")
    .option("--traders <count>", "of the synthetic venue (default: 200)")
    .option("--fund <usd>", "what the synthetic venue's fund begins with (default: 1000000)")
    .option("--hedges", "what the options that the fund holds change; a synthetic fund buys some")
    .option("--chart <file>", "also draw losses beside the fund by scenario: .svg or .png")
    .option("--json", "print data for machines instead of tables")
    .action(async (venue: string | undefined, options: StressOptions & JsonOption) => {
      const { stressCommand } = await import("./stress.ts");
      write(await stressCommand(venue, options), options);
    });

  root
    .command("replay")
    .description("recorded markets through the clearing engine, with a population that trades")
    .argument("<data>", "folder of recorded tables, as docs/replay.md describes them")
    .option("--from <day>", "first day or minute, UTC", "2026-01-28")
    .option("--to <day>", "last day or minute, UTC; a day is replayed to its end", "2026-02-09")
    .option("--traders <count>", "how many traders", "10000")
    .option("--coins <count>", "most coins", "12")
    .option("--strikes <count>", "strikes listed of each expiry, nearest to the forward", "9")
    .option("--portfolio <percent>", "share on portfolio margin of those who can gain from it", "10")
    .option("--seed <number>", "of the population", "1")
    .option("--speed <factor>", "venue time per real time, or max", "max")
    .option("--journal <folder>", "keep the commands as a journal, with a snapshot at the end")
    .option("--parameters <file>", "parameters of portfolio margin; default: those shipped")
    .option("--history <file>", "history for portfolio margin; default: none")
    .option("--chart <file>", "draw prices, margin calls, open interest and lacking equity, .svg or .png")
    .option("--json", "print data for machines instead of a report")
    .action(async (data: string, options: ReplayCommandOptions & JsonOption) => {
      const { replayCommand } = await import("./replay.ts");
      write(await replayCommand(data, options), options);
    });

  root
    .command("crash")
    .description("recorded crashes through the clearing engine, by several ways to liquidate side by side")
    .requiredOption("--data <folder>", "of recorded tables, as docs/replay.md describes them")
    .option("--from <day>", "first day or minute, UTC")
    .option("--to <day>", "last day or minute, UTC; a day is played to its end")
    .option("--study", "instead: the crashes of docs/crash-study.md, and all of them pooled")
    .option("--traders <count>", "how many traders", "2000")
    .option("--coins <count>", "most coins", "5")
    .option("--depth <which>", "of the market: half, one, double or all", "one")
    .option(
      "--methods <names>",
      "of ours, keepTrade, atOnce, untilRestored, fixedSpread, noBidders, keepTradeNoBidders; default: all",
    )
    .option("--seed <number>", "of paths and population", "1")
    .option("--chart <folder>", "draw each window, .svg")
    .option("--json", "print data for machines instead of a report")
    .action(async (options: CrashCommandOptions & JsonOption) => {
      const { crashCommand } = await import("./crash.ts");
      write(await crashCommand(options), options);
    });

  addDefaultCommands(root, write);
}
