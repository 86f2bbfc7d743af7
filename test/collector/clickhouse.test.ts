import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { needed, validate } from './collector.ts'

const root = join(import.meta.dirname, '../..')
const otelcol = join(root, '.cache/collector-clickhouse/otelcol')
const python = join(root, '.cache/chdb/bin/python')

describe.skipIf(!needed(otelcol, 'collector/build.sh builder-clickhouse.yaml builds it'))(
  'config-clickhouse.yaml',
  () => {
    it('is valid for the Collector', async () => {
      expect(await validate('config-clickhouse.yaml', otelcol)).toEqual({ code: 0, said: '' })
    })
  },
)

describe.skipIf(!needed(python, 'collector/clickhouse/install.sh installs it'))('clickhouse/schema.sql', () => {
  it('keeps each event of a million once, and its views show what went in', () => {
    const { status, stderr } = spawnSync(python, [join(root, 'collector/clickhouse/check.py'), '1000000'])
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
  }, 300_000)
})
