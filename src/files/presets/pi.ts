import type { GoalFiles } from '../../mapping/goal-files.ts'

/** Extensions of pi keep a goal's state in the session's own log, as entries of type `custom`. */
export const PI: readonly GoalFiles[] = [
  {
    path: [
      '$PI_CODING_AGENT_SESSION_DIR/**/*.jsonl',
      '$PI_CODING_AGENT_DIR/sessions/**/*.jsonl',
      '~/.pi/agent/sessions/**/*.jsonl',
    ],
    read: 'lines',
    thread: { line: { type: 'session' }, at: 'id' },
    parent: { line: { type: 'session' }, at: 'parentSession' },
    model: { line: { type: 'model_change' }, at: 'modelId' },
    lineId: 'id',
    time: 'timestamp',
    goals: [
      {
        // hiennguyen9874/pi-goal
        records: [
          { where: { type: 'custom', customType: 'pi-goal', 'data.action': 'set' }, at: 'data.goal' },
          { where: { type: 'custom', customType: 'pi-goal', 'data.action': 'usage' }, at: 'data', merge: true },
          { where: { type: 'custom', customType: 'pi-goal', 'data.action': 'clear' }, gone: true },
        ],
        fields: {
          ...{ goalId: 'goalId', status: 'status', objective: 'objective', tokenBudget: 'tokenBudget' },
          ...{ tokensUsed: 'tokensUsed', timeUsedSeconds: 'timeUsedSeconds' },
        },
      },
    ],
  },
]
