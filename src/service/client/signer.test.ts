import assert from "node:assert/strict";
import { test } from "node:test";
import { newAddressKey, newSessionKey } from "./signer.ts";

test("a secret that is no key is refused, and no part of it told", () => {
  for (const make of [newAddressKey, newSessionKey]) {
    for (const secret of ["five".repeat(16), "06", "06".repeat(33), ""]) {
      assert.throws(() => make(secret), {
        code: "PLM_DOMAIN",
        message:
          'PLM_DOMAIN: secret is "malformed"; must be 64 hex digits that are a key. Copy the whole secret, and nothing else.',
      });
    }
  }
  // No Ethereum account has the secret 0.
  assert.throws(() => newAddressKey("0".repeat(64)), { code: "PLM_DOMAIN" });
  assert.equal(newAddressKey(`0x${"06".repeat(32)}`).signer, newAddressKey("06".repeat(32)).signer);
  assert.notEqual(newSessionKey().signer, newSessionKey().signer);
});
