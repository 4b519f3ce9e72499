import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter } from "../state/bytes.ts";
import { accountFlag, Accounts, houseAccount, maxAccountsPerOwner, openAccounts } from "./accounts.ts";

test("house accounts have fixed numbers and no owner", () => {
  const accounts = openAccounts();
  assert.equal(accounts.count, 5);
  assert.equal(accounts.label(houseAccount.insurance), "insurance");
  assert.equal(accounts.owner(houseAccount.vault), "");
  assert.equal(accounts.isHouse(houseAccount.dust), true);
  assert.equal(accounts.houseAccountOf("fees"), houseAccount.fees);
  assert.equal(accounts.houseAccountOf("none"), -1);
  assert.throws(() => accounts.openHouse("fees"), /unique/);
});

test("an owner's accounts are found, bounded and restored", () => {
  const accounts = openAccounts();
  const first = accounts.open("0xa", "isolated");
  const clearing = accounts.openHouse("instrument 0");
  const second = accounts.open("0xa", "portfolio");
  accounts.setMode(first, "cross");
  accounts.setFlag(second, accountFlag.marginCalled, true);
  accounts.addOpenOrders(second, 3);
  accounts.addOpenOrders(second, -1);
  assert.throws(() => accounts.addOpenOrders(second, -3), /counted/);

  const restored = new Accounts();
  const out = new ByteWriter();
  for (let leaf = 0; leaf < accounts.leafCount; leaf++) {
    out.clear();
    accounts.encodeLeaf(leaf, out);
    restored.decodeLeaf(leaf, new ByteReader(out.copy()));
  }
  restored.finishRestore(accounts.leafCount);
  for (const store of [accounts, restored]) {
    assert.deepEqual(store.accountsOf("0xa"), [first, second]);
    assert.deepEqual(store.accountsOf("0xb"), []);
    assert.equal(store.isHouse(clearing), true);
    assert.equal(store.houseAccountOf("instrument 0"), clearing);
    assert.equal(store.mode(first), "cross");
    assert.equal(store.mode(second), "portfolio");
    assert.equal(store.hasFlag(second, accountFlag.marginCalled), true);
    assert.equal(store.hasFlag(first, accountFlag.marginCalled), false);
    assert.equal(store.openOrders(second), 2);
    assert.equal(store.has(second), true);
    assert.equal(store.has(second + 1), false);
    assert.equal(store.has(-1), false);
  }
  for (let i = 2; i < maxAccountsPerOwner; i++) accounts.open("0xa", "cross");
  assert.equal(accounts.canOpen("0xa"), false);
  assert.equal(accounts.canOpen("0xb"), true);
});
