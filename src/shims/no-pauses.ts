/** Replaces node:timers/promises in the script of an exit, where no timer fires, and no agent wants a turn in between. */
export async function setTimeout(): Promise<void> {}
