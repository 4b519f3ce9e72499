import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { protocolPage, renewedPage } from "../../scripts/protocol-page.ts";

test("docs/protocol.md shows the protocol as it is", () => {
  const page = readFileSync(protocolPage, "utf8");
  assert.equal(page, renewedPage(page), "run node --conditions=plimsoll-source scripts/protocol-page.ts");
});
