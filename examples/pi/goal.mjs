// An extension of pi whose /goal is reported as it changes, with session, turn and model. `/goal paint the fence`, `/goal`:
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 pi -e goal.mjs
import { homedir } from 'node:os'
import { join } from 'node:path'
import { deliverPending, recordGoalChange } from 'goaltrace'

const folder = process.env.PI_CODING_AGENT_DIR ?? join(homedir(), '.pi/agent')
const options = { outbox: join(folder, 'goaltrace.db'), resource: { 'service.name': 'pi' } }

/** @param {import('@earendil-works/pi-coding-agent').ExtensionAPI} pi */
export default function goalExtension(pi) {
  deliverPending(options)
  let [goal, turnId] = [null, undefined]
  const change = (after, sessionId) => {
    recordGoalChange(goal, after, { sessionId, turnId }, options)
    goal = after
  }
  pi.registerCommand('goal', {
    description: 'Sets a goal; without words, clears it',
    handler: async (objective, { sessionManager, model }) => {
      const threadId = sessionManager.getSessionId()
      turnId = undefined
      if (!objective) return change(null, threadId)
      change(
        { threadId, goalId: crypto.randomUUID(), status: 'active', objective, tokensUsed: 0, model: model?.id },
        threadId,
      )
      pi.sendUserMessage(objective)
    },
  })
  pi.on('turn_start', ({ turnIndex, timestamp }) => {
    turnId = `${timestamp}-${turnIndex}`
  })
  pi.on('turn_end', ({ message }) => {
    const used = message.usage?.totalTokens ?? 0
    if (goal) change({ ...goal, tokensUsed: goal.tokensUsed + used }, goal.threadId)
  })
}
