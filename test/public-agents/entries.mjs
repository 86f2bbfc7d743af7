import { readFileSync } from 'node:fs'

/**
 * An extension of pi that writes what a goal extension did: `/entries FILE` appends the entries of a recorded session,
 * `/back N` goes on from the N-th of them, as `/tree` does.
 */
export default function entries(pi) {
  pi.registerCommand('entries', {
    description: 'Appends recorded entries',
    handler: async (file, { sessionManager }) => {
      const session = sessionManager.getSessionId()
      for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
        const { type, customType, data, details } = JSON.parse(line)
        if (type === 'custom') pi.appendEntry(customType, ownedBy(data, session))
        if (type === 'custom_message') pi.sendMessage({ customType, content: 'HERON prompt', display: false, details })
      }
    },
  })
  pi.registerCommand('back', {
    description: 'Goes back to an entry',
    handler: async (n, { sessionManager, navigateTree }) => {
      const entries = sessionManager.getEntries().filter(({ type }) => type === 'custom')
      await navigateTree(entries[Number(n) - 1].id, { summarize: false })
    },
  })
}

/** Some entries name the session that they are of. */
function ownedBy(data, sessionId) {
  return data && 'sessionId' in data ? { ...data, sessionId } : data
}
