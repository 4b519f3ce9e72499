// Runs the tests that are named, or all: `npm run test:only -- "src/pricing/*.test.ts" --test-name-pattern=smile`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const given = process.argv.slice(2);
const namesFiles = given.some((each) => !each.startsWith("-"));
if (given.length === 0) {
  console.log("All tests: about four minutes on two cores, ten and more where others want them too.");
}
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--test-isolation=none", // one process: a third of the time
    "--test-force-exit", // a test that failed may have left its server open
    "--conditions=plimsoll-source",
    ...given,
    ...(namesFiles ? [] : ["src/**/*.test.ts", "test/**/*.test.ts"]),
  ],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      // Tests start this project's programs hundreds of times, and most of a start is compiling the same sources.
      NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/compile", import.meta.url)),
    },
  },
);
process.exitCode = status ?? 1;
