import { type FastifyInstance } from "fastify";
import { isOfficer, mayRead } from "./access.ts";
import { type ApiContext, told } from "./context.ts";
import { type StateProof } from "./protocol/documents.ts";
import { unknown } from "./refusals.ts";
import { serve } from "./serve.ts";

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
/** Sections whose leaves are accounts, by number. */
const byAccount = new Set(["accounts", "ledger", "positions"]);

export function stateRoutes(app: FastifyInstance, context: ApiContext): void {
  const { engine, clearinghouse, roots } = context;
  serve(app, context, "stateRoot", () => told(clearinghouse, () => roots.compute()));
  serve(app, context, "stateProof", ({ query: { section, leaf }, reader }) =>
    told(clearinghouse, (): StateProof => {
      const found = engine.sections.find(({ name }) => name === section);
      if (found === undefined) {
        throw unknown("section", section, `one of ${engine.sections.map(({ name }) => name).join(", ")}`);
      }
      const signer = reader?.signer ?? "";
      const allowed = byAccount.has(section) ? mayRead(engine, signer, leaf) : isOfficer(engine, signer);
      if (!allowed || leaf >= found.leafCount) {
        throw unknown("leaf", leaf, "a leaf that the session's signer may read");
      }
      const { root, sequence, timeMs } = roots.compute();
      const proof = clearinghouse.machine.tree.prove(engine.head, section, leaf);
      return {
        sequence,
        timeMs,
        root,
        section,
        leaf,
        bytes: hex(proof.bytes),
        path: proof.path.map(hex),
        sections: proof.sections.map(({ name, leafCount, root: of }) => ({ name, leafCount, root: hex(of) })),
      };
    }),
  );
}
