/** The script of exit-worker.ts, which the build puts here (tsdown.config.ts); there is none where goaltrace is not built. */
export const EXIT_SOURCE: string | undefined = undefined
