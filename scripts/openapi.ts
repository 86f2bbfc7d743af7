/** Writes the types of the API from its OpenAPI description; with --check it reports whether they are out of date. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import description from '../src/backend/openapi.json' with { type: 'json' }

const root = join(import.meta.dirname, '..')
const FILE = 'src/backend/api/openapi-types.ts'
const HEADER =
  '// Generated from src/backend/openapi.json: edit that, then run `node scripts/openapi.ts`. Import from api.ts.\n'

const { openapi, info, components } = description
// Paths and their parameters have no use as types: each handler reads its own, and openapi.test.ts compares them.
const schemas = { openapi, info, paths: {}, components: { schemas: components.schemas } }
const types = astToString(await openapiTS(schemas as Parameters<typeof openapiTS>[0] & object, { immutable: true }))
const content = execFileSync(join(root, 'node_modules/.bin/biome'), ['format', `--stdin-file-path=${FILE}`], {
  cwd: root,
  input: HEADER + types,
  encoding: 'utf8',
})
const path = join(root, FILE)
if (!process.argv.includes('--check')) writeFileSync(path, content)
else if (readFileSync(path, 'utf8') !== content) {
  console.error(`${FILE} is not what src/backend/openapi.json gives. Run: node scripts/openapi.ts`)
  process.exitCode = 1
}
