export { threadedRemargin, type ThreadedRemargin } from "./threaded.ts";
