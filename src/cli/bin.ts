#!/usr/bin/env node
import { exitCodes } from "./command-output.ts";
import { main } from "./main.ts";

// A reader that has seen enough (`plimsoll … | head`) closes the pipe: that is no failure of ours. A full disk is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  process.stderr.write(`error PLM_FILE: the output cannot be written. The system says: ${error.message}.\n`);
  process.exit(exitCodes.input);
});

process.exitCode = await main(process.argv.slice(2));
