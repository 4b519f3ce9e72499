import assert from "node:assert/strict";
import { test } from "node:test";
import fastify from "fastify";
import { trustedProxies } from "./trusted-proxies.ts";

test("proxies are addresses and ranges, which the HTTP server takes as they are", async () => {
  const proxies = trustedProxies(" 10.0.0.7, 192.168.0.0/16,fd00::/8,loopback ");
  assert.deepEqual(proxies, ["10.0.0.7", "192.168.0.0/16", "fd00::/8", "loopback"]);
  assert.deepEqual(trustedProxies(["::1", "10.0.0.7,10.0.0.8"]), ["::1", "10.0.0.7", "10.0.0.8"]);
  const app = fastify({ trustProxy: proxies });
  app.get("/", async ({ ip }) => ip);
  const clientOf = async (remoteAddress: string): Promise<string> =>
    (await app.inject({ url: "/", remoteAddress, headers: { "x-forwarded-for": "203.0.113.9" } })).body;
  for (const trusted of ["10.0.0.7", "192.168.3.4", "fd00::1", "127.0.0.1"]) {
    assert.equal(await clientOf(trusted), "203.0.113.9", trusted);
  }
  assert.equal(await clientOf("10.0.0.8"), "10.0.0.8");
  await app.close();
});

const wrong: readonly (string | readonly string[])[] = [
  "",
  [],
  ",",
  "true",
  "1",
  "proxy.example",
  "10.0.0",
  "10.0.0.1:80",
  "10.0.0.0/33",
  "10.0.0.0/0",
  "::/0",
  "fd00::/129",
  "10.0.0.0/8/8",
  "10.0.0.0/",
  "10.0.0.0/255.0.0.0",
  "fe80::1%eth0",
  ["loopback", "everybody"],
];

for (const given of wrong) {
  test(`not a proxy: ${JSON.stringify(given)}`, () => {
    assert.throws(() => trustedProxies(given), { code: "PLM_USAGE", field: "trustProxy" });
  });
}
