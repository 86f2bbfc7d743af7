/**
 * exit-worker.ts as one script, put in by the build (tsdown.config.ts): a file beside the code is not there once an agent
 * is bundled, or cannot be read, as under Yarn PnP. Run from the sources, goaltrace delivers nothing at an exit.
 */
export const EXIT_WORKER: string = `throw new Error('goaltrace is not built')`
