import type { GoalFiles } from '../../mapping/goal-files.ts'

/** Plugins of opencode keep goals in JSON documents of their own. */
export const OPENCODE: readonly GoalFiles[] = [
  {
    // mirsella/opencode-goal
    path: [
      '$OPENCODE_GOAL_STATE_FILE',
      '$XDG_STATE_HOME/opencode-goal/scope_*/sessions.json',
      '~/.local/state/opencode-goal/scope_*/sessions.json',
    ],
    read: 'whole',
    thread: { key: 1 },
    time: 'updatedAt',
    goals: [
      {
        each: '*',
        fields: {
          ...{ goalId: { join: ['thread', 'createdAt'] }, status: 'status', objective: 'objective' },
          timeUsedSeconds: 'timeUsedSeconds',
        },
      },
    ],
  },
]
