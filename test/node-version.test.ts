import { expect, it } from 'vitest'
import { nodeFault } from './node-version.ts'

it('says what to do to who runs the tests on a Node that they cannot run on', () => {
  expect(nodeFault('20.20.2')).toMatch(/need Node 24 and this is Node 20\.20\.2: run `npm ci`.* then `npm test`/)
  expect(nodeFault(process.versions.node)).toBeUndefined()
})
