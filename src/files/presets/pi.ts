import type { FileCondition, FileConditions, FileGoals, GoalFiles } from '../../mapping/goal-files.ts'

/** Extensions of pi keep a goal's state in the session's own log, as entries of type `custom`. */
const entry = (customType: FileCondition, where: FileConditions = {}): FileConditions => ({
  type: 'custom',
  customType,
  ...where,
})

/** Field names that most of them share. */
const GOAL = { goalId: 'goalId', status: 'status', objective: 'objective' }
const CODEX_USAGE = { tokenBudget: 'tokenBudget', tokensUsed: 'tokensUsed', timeUsedSeconds: 'timeUsedSeconds' }
const USAGE = { tokensUsed: 'usage.tokensUsed', timeUsedSeconds: 'usage.activeSeconds' }
const STARTED = { goalId: { join: ['thread', 'startedAt'] }, status: 'status', objective: 'condition' }

const WORDS = { active: 'active', paused: 'paused', blocked: 'blocked', complete: 'complete' } as const

/** Of the extensions that take a goal from the session's branch at a `/tree`, not from its last entry. */
const BRANCH = 'parentId'

/** Several extensions share an entry's type, so what is inside decides. */
const EXTENSIONS: readonly FileGoals[] = [
  {
    // kky42/pi-goal and zigai/pi-goal; only the latter goes back with the session, but their entries may be alike.
    records: [
      { where: entry('pi-codex-goal', { 'data.kind': 'set' }), at: 'data.goal' },
      { where: entry('pi-codex-goal', { 'data.kind': 'usage' }), at: 'data', merge: true },
      { where: entry('pi-codex-goal', { 'data.kind': 'clear' }), gone: true },
    ],
    fields: { ...GOAL, ...USAGE },
    statuses: { ...WORDS, timeLimited: 'budget_limited' },
  },
  {
    // penumbral-labs/pi-goalkeeper
    branch: BRANCH,
    records: [
      { where: entry('pi-goalkeeper', { 'data.kind': 'set' }), at: 'data.goal' },
      { where: entry('pi-goalkeeper', { 'data.kind': 'clear' }), gone: true },
    ],
    fields: { ...GOAL, ...USAGE, tokenBudget: 'tokenBudget', reason: 'limitReason' },
    statuses: {
      ...WORDS,
      ...{ budgetLimited: 'budget_limited', loopLimited: 'blocked', errorLimited: 'blocked', safetyLimited: 'blocked' },
    },
  },
  {
    // hiennguyen9874/pi-goal
    branch: BRANCH,
    records: [
      { where: entry('pi-goal', { 'data.action': 'set' }), at: 'data.goal' },
      { where: entry('pi-goal', { 'data.action': 'usage' }), at: 'data', merge: true },
      { where: entry('pi-goal', { 'data.action': 'clear' }), gone: true },
    ],
    fields: { ...GOAL, ...CODEX_USAGE },
    statuses: { ...WORDS, budget_limited: 'budget_limited', cleared: 'cleared' },
  },
  {
    // PurpleMyst/pi-goal: a goal has no name, and one that is complete is gone.
    records: [
      { where: entry('pi-goal', { 'data.phase': { not: null } }), at: 'data' },
      { where: { type: 'custom_message', customType: 'pi-goal', 'details.phase': { not: null } }, at: 'details' },
    ],
    fields: { status: 'phase', objective: 'objective' },
    statuses: { ready: 'active', paused: 'paused', idle: 'cleared' },
  },
  {
    // nijaru/pi-goal: a forked session has no goal, though it has the entries of the one that it was forked from.
    branch: BRANCH,
    records: [
      { where: entry('pi-goal/state', { 'data.kind': null, 'data.sessionId': { is: 'thread' } }), at: 'data' },
      {
        where: entry('pi-goal/state', { 'data.kind': 'patch', 'data.sessionId': { is: 'thread' } }),
        ...{ at: 'data', merge: true },
      },
    ],
    fields: { ...GOAL, goalId: 'id', tokensUsed: 'usage.totalTokens', reason: ['blocker', 'stopReason'] },
    statuses: { ...WORDS, budget_limited: 'budget_limited', cleared: 'cleared' },
  },
  {
    // minghinmatthewlam/pi-goal
    branch: BRANCH,
    records: [
      { where: entry('pi-goal.event', { 'data.event': 'goal_created' }), at: 'data.goal' },
      {
        where: entry('pi-goal.event', { 'data.event': 'turn_accounted' }),
        ...{ at: 'data', merge: true, add: { tokensUsed: 'addedTokens' } },
      },
      { where: entry('pi-goal.event', { 'data.event': 'status_changed' }), at: 'data', merge: true },
      { where: entry('pi-goal.event', { 'data.event': 'goal_cleared' }), gone: true },
      { where: entry(['pi-goal.goal', 'pi-gui.goal'], { 'data.event': 'set' }), at: 'data.goal' },
      { where: entry(['pi-goal.goal', 'pi-gui.goal'], { 'data.event': 'clear' }), gone: true },
    ],
    fields: {
      ...GOAL,
      ...{ tokenBudget: 'tokenBudget', tokensUsed: 'tokensUsed', reason: 'reason' },
      timeUsedSeconds: { from: 'createdAt', to: 'at', unit: 'ms' },
    },
  },
  {
    // bnema/pi-goals
    branch: BRANCH,
    records: [{ where: entry('pi-goals/state'), at: 'data.goal' }],
    fields: { ...GOAL, ...CODEX_USAGE },
  },
  {
    // buihongduc132/pi-goal-xx: of the goals that it keeps, the one that the session is about.
    records: [{ where: entry('pi-goal-state', { 'data.version': 3 }), at: 'data.goal' }],
    fields: { ...GOAL, ...USAGE, goalId: 'id', reason: 'pauseReason' },
    statuses: WORDS,
  },
  {
    // pardeike/pi-goal
    records: [{ where: entry('pi-goal-state', { 'data.run': { not: null } }), at: 'data.run' }],
    fields: { ...GOAL, goalId: 'id' },
    statuses: {
      ...{ running: 'active', verifying: 'active', passed: 'complete', failed: 'blocked', cancelled: 'cleared' },
      ...{ paused: 'paused', blocked: 'blocked' },
    },
  },
  {
    // recynie/pi-goal: a draft is no goal yet.
    branch: BRANCH,
    records: [{ where: entry('goal-state-v1'), at: 'data' }],
    fields: {
      ...{ goalId: { join: ['thread', 'createdAt'] }, status: 'status', reason: 'pause.reason' },
      objective: ['approved.mainGoal', 'draft.mainGoal'],
    },
    statuses: {
      ...{ active: 'active', verifying: 'active', paused: 'paused', complete: 'complete', cancelled: 'cleared' },
      refining: [{ when: { 'approved.mainGoal': { not: null } }, is: 'paused' }, 'cleared'],
    },
  },
  {
    // DXM666/pi-goal-runtime
    records: [{ where: entry('pi-goal-runtime'), at: 'data' }],
    fields: {
      ...{ ...STARTED, tokenBudget: 'maxTokens', tokensUsed: 'totalTokensUsed', reason: 'lastEvaluation.reason' },
      timeUsedSeconds: { from: 'startedAt', to: 'updatedAt', unit: 'ms' },
    },
    statuses: {
      ...{ running: 'active', blocked: 'blocked', achieved: 'complete', failed: 'blocked' },
      paused: [{ when: { budgetLimited: true }, is: 'budget_limited' }, 'paused'],
    },
  },
]

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
    goals: EXTENSIONS,
  },
  {
    // code-yeongyu/pi-goal: a document beside the sessions, in which a goal that is gone is null.
    path: [
      '$PI_CODING_AGENT_SESSION_DIR/extensions/pi-goal/*.json',
      '$PI_CODING_AGENT_DIR/sessions/*/extensions/pi-goal/*.json',
      '~/.pi/agent/sessions/*/extensions/pi-goal/*.json',
    ],
    read: 'whole',
    thread: 'threadId',
    time: { at: 'updatedAt', unit: 's' },
    goals: [{ each: 'goal', fields: { ...GOAL, ...CODEX_USAGE, goalId: 'id', reason: 'blockedReason' } }],
  },
]
