/** Made-up objectives of a small company's agents, by the agent's name. */
export const OBJECTIVES: Readonly<Record<string, readonly string[]>> = {
  'code-agent': [
    'Move the billing worker to Node 24 and keep its tests green',
    'Find out why checkout p95 doubled since Tuesday, and fix it',
    'Replace moment with Temporal in the reports package',
    'Make the import of 2 GB CSV files run in constant memory',
    'Write property tests for the tax rounding rules',
    'Split the user table migration into steps that do not lock',
    'Add cursor paging to the orders API, without breaking v1',
    'Remove the last eleven any types from the scheduler',
    'Port the PDF renderer from Java to Rust, page by page',
    'Make the flaky websocket test deterministic',
    'Get the docker image of the API below 120 MB',
    'Cache the permission lookups and prove that they expire',
    'Reproduce the double charge of order 88121',
    'Give every queue consumer a dead letter queue',
  ],
  'docs-writer': [
    'Bring the API reference in line with the OpenAPI file',
    'Write a migration guide from v3 to v4 with tested snippets',
    'Translate the onboarding mails to German and Polish',
    'Find every screenshot older than the redesign',
    'Explain rate limits in one page with worked examples',
  ],
  'release-bot': [
    'Cut release 4.12, with notes from merged changes',
    'Backport the session fix to 4.10 and 4.11',
    'Bisect the memory growth between 4.11.2 and 4.11.3',
    'Roll 4.12 out to the canary group and watch its error rate',
  ],
  'support-triage': [
    'Answer the open tickets about failed exports',
    'Group this week of tickets by cause, with an estimate each',
    'Find out which customers the certificate change affects',
    'Draft replies for the refund requests over 500 EUR',
  ],
  'data-analyst': [
    'Build the churn table for the board, with sources',
    'Check the revenue numbers of October against the ledger',
    'Explain the drop of sign-ups from Brazil',
    'Forecast storage costs for next year from 18 months of bills',
  ],
}

export const BLOCKED_BY: readonly string[] = [
  'Waits for access to the staging database',
  'The API key of the mail service has expired',
  'Needs a decision: keep the old endpoint, or break v1?',
  'Tests fail on main already, since the merge of Tuesday',
  'No permission to push to the release branch',
  'Legal has to approve the new wording',
]

/** Models that do not exist; one agent does not say which it uses. */
export const MODELS: Readonly<Record<string, string>> = {
  'code-agent': 'large-2',
  'docs-writer': 'small-2',
  'release-bot': 'small-2',
  'support-triage': 'small-2-2026-05',
}

export const AGENTS = Object.keys(OBJECTIVES)

/** Each agent's share of the goals. */
export const SHARES: readonly string[] = [
  ...Array<string>(9).fill('code-agent'),
  ...Array<string>(4).fill('support-triage'),
  ...Array<string>(3).fill('docs-writer'),
  ...Array<string>(2).fill('data-analyst'),
  'release-bot',
]

export const TOOLS = ['read_file', 'search', 'apply_patch', 'run_tests', 'shell', 'fetch_page', 'query'] as const
