import type { GoalFiles } from '../../mapping/goal-files.ts'

/** qwen-code writes the state of a goal into the record of its chat. */
export const QWEN_CODE: readonly GoalFiles[] = [
  {
    path: [
      '$QWEN_RUNTIME_DIR/projects/*/chats/*.jsonl',
      '$QWEN_HOME/projects/*/chats/*.jsonl',
      '~/.qwen/projects/*/chats/*.jsonl',
    ],
    read: 'lines',
    thread: 'sessionId',
    // The other records of a turn name it. Records after its end still belong to it, until the user acts.
    turn: {
      line: { 'goalContext.turnId': { not: null } },
      at: 'goalContext.turnId',
      until: {
        'systemPayload.cause': [
          ...['create', 'replace', 'edit', 'pause', 'resume', 'clear'],
          ...['complete', 'blocked', 'usage_limited'],
        ],
      },
    },
    model: { line: { type: 'assistant', model: { not: null } }, at: 'model' },
    lineId: 'uuid',
    // A rewind leaves the running goal as it is, so `parentUuid` says nothing of it.
    copied: { forkedFrom: { not: null } },
    time: 'timestamp',
    goals: [
      {
        records: [
          {
            where: { type: 'system', subtype: 'goal_state', 'systemPayload.v': 2 },
            at: 'systemPayload.snapshot.goal',
          },
        ],
        fields: {
          ...{ goalId: 'goalId', status: 'status', objective: 'objective', reason: 'lastReason' },
          ...{ tokenBudget: 'tokenBudget', tokensUsed: 'tokensUsed' },
          timeUsedSeconds: { at: 'activeTimeMs', unit: 'ms' },
        },
        statuses: {
          ...{ active: 'active', paused: 'paused', blocked: 'blocked', complete: 'complete' },
          usage_limited: [
            { when: { limitKind: ['token_budget', 'turn_budget', 'time_budget'] }, is: 'budget_limited' },
            'usage_limited',
          ],
        },
      },
    ],
  },
]
