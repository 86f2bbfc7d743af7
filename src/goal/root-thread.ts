/**
 * The thread at the top of those whose sub-agent runs this one.
 * @param parentThreadId The thread that runs a sub-agent's; null or undefined for any other.
 */
export function rootThread(threadId: string, parentThreadId: (threadId: string) => string | null | undefined): string {
  const seen = new Set([threadId])
  let root = threadId
  for (;;) {
    const parent = parentThreadId(root)
    // A cycle of parents has no root: such a thread's tokens count for no other thread.
    if (parent == null) return root
    if (seen.has(parent)) return threadId
    seen.add(parent)
    root = parent
  }
}
