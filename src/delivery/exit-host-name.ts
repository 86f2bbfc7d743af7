/** The name under which exit-context.ts gives its host to the script. */
export const HOST = 'goaltraceExitHost'
