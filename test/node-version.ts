/** What the tests run on: scripts are TypeScript, and `node:sqlite` is tried. */
const LEAST_MAJOR = 24

/** What to say to who runs the tests on another Node, or undefined where it fits. */
export function nodeFault(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= LEAST_MAJOR) return undefined
  return (
    `goaltrace's tests need Node ${LEAST_MAJOR} and this is Node ${version}: ` +
    'run `npm ci`, which installs it in node_modules, then `npm test` or `npx vitest` in the repository, which use it.'
  )
}

/** Ends a run that would end in crashes of native addons. */
export function checkNode(): void {
  const fault = nodeFault(process.versions.node)
  if (fault === undefined) return
  console.error(fault)
  process.exit(1)
}
