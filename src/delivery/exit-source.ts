/** @returns the script of exit-script.ts, which the build puts here (tsdown.config.ts); there is none where goaltrace is not built. */
export const exitSource = (): string | undefined => undefined
