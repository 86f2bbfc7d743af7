// A plugin of opencode whose goal is reported as it changes, with session, turn and model. Where opencode ends before an event is
// delivered, the outbox keeps it for the next start. In opencode.json:
//   { "plugin": ["file:///path/to/goal.mjs"], "command": { "goal": { "template": "$ARGUMENTS" } } }
import { homedir } from 'node:os'
import { join } from 'node:path'
import { deliverPending, recordGoalChange } from 'goaltrace'

const options = {
  outbox: join(homedir(), '.local/share/opencode/goaltrace.db'),
  resource: { 'service.name': 'opencode' },
}

/** @type {import('@opencode-ai/plugin').Plugin} */
export const GoalPlugin = async () => {
  deliverPending(options)
  const [goals, turns, counted] = [new Map(), new Map(), new Set()]
  const change = (sessionId, after) => {
    recordGoalChange(goals.get(sessionId) ?? null, after, { sessionId, turnId: turns.get(sessionId) }, options)
    goals.set(sessionId, after)
  }
  return {
    'command.execute.before': async ({ command, sessionID: threadId, arguments: objective }) => {
      if (command !== 'goal') return
      change(
        threadId,
        objective ? { threadId, goalId: crypto.randomUUID(), status: 'active', objective, tokensUsed: 0 } : null,
      )
    },
    'chat.message': async ({ sessionID, messageID }) => void turns.set(sessionID, messageID),
    event: async ({ event }) => {
      const { info } = event.properties
      const goal = event.type === 'message.updated' && info.role === 'assistant' && goals.get(info.sessionID)
      if (!goal || !info.time.completed || counted.has(info.id)) return
      counted.add(info.id)
      turns.set(info.sessionID, info.parentID)
      const tokensUsed = goal.tokensUsed + info.tokens.input + info.tokens.output
      change(info.sessionID, { ...goal, tokensUsed, model: info.modelID })
    },
  }
}
