export { type BreachedAccount, type CrashFigures, type TrackPoint } from "./figures.ts";
export { runCrash } from "./crash-run.ts";
export * from "./plan.ts";
export { readScene, type Scene, type SceneOptions } from "./scene.ts";
export * from "./summary.ts";
