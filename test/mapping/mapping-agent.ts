/** Maps a table in each of some files: node mapping-agent.ts FOLDER TABLE FILES. Prints what has become of them. */
import { join } from 'node:path'
import process from 'node:process'
import { writeMapping } from '../../src/mapping/write-mapping.ts'

const [folder = '', table = '', files = '0'] = process.argv.slice(2)
const mapping = { table, columns: { goalId: 'id', status: 'status' }, statuses: { open: 'active' } } as const
const outcomes = Array.from({ length: Number(files) }, (_, at) => {
  const written = writeMapping(join(folder, `${at}.json`), [mapping])
  return written.how === 'refused' ? written.why : written.how
})
process.stdout.write(JSON.stringify(outcomes))
