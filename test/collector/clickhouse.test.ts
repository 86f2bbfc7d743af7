import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const otelcol = join(root, '.cache/collector-clickhouse/otelcol')
const python = join(root, '.cache/chdb/bin/python')

describe.skipIf(!existsSync(otelcol))('config-clickhouse.yaml', () => {
  it('is valid for the Collector', () => {
    const { status, stderr } = spawnSync(otelcol, [
      'validate',
      '--config',
      join(root, 'collector/config-clickhouse.yaml'),
    ])
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
  })
})

describe.skipIf(!existsSync(python))('clickhouse/schema.sql', () => {
  it('keeps each event once, and its views tell what went in', () => {
    const { status, stderr } = spawnSync(python, [join(root, 'collector/clickhouse/check.py'), '50000'])
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
  }, 120_000)
})
