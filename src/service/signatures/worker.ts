import { parentPort, workerData } from "node:worker_threads";
import { nativeVerifier } from "./native.ts";
import { verdicts, verifyEnvelope } from "./verify-envelope.ts";
import { type Task, type TaskResult, unpack, type WorkerStart } from "./work.ts";
import { domainSeparator } from "../../clearing/protocol/index.ts";

// A thread that verifies what it is sent and answers in the same order.
const { domain }: WorkerStart = workerData;
const separator = domainSeparator(domain);
const verify = nativeVerifier();

parentPort?.on("message", ({ task, bytes }: Task) => {
  const envelopes = unpack(bytes);
  const found = new Uint8Array(envelopes.length);
  for (const [i, envelope] of envelopes.entries()) {
    found[i] = verdicts.indexOf(verifyEnvelope(envelope, separator, verify));
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage({ task, verdicts: found } satisfies TaskResult, [found.buffer]);
});
