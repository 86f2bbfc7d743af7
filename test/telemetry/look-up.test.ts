import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { candidates, hostsNamed } from '../../src/telemetry/name-servers.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

const HAS_COMPILER = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

/** A resolver that never answers for this name, and writes who has asked it. */
const NAME = 'collector.example'
const HANGING = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res) {
  if (node && strstr(node, "${NAME}")) {
    FILE *asked = fopen(getenv("ASKED"), "a");
    fprintf(asked, "%d\\n", getpid());
    fclose(asked);
    for (;;) pause();
  }
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(node, service, hints, res);
}`

describe.skipIf(!HAS_COMPILER)("an agent whose receiver's name is looked up for ever", () => {
  function hanging(folder: AgentFolder): { LD_PRELOAD: string; ASKED: string } {
    const [source, library] = [join(folder.path, 'hanging.c'), join(folder.path, 'hanging.so')]
    writeFileSync(source, HANGING)
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
    return { LD_PRELOAD: library, ASKED: join(folder.path, 'asked') }
  }

  const askers = ({ ASKED }: { ASKED: string }) =>
    existsSync(ASKED) ? readFileSync(ASKED, 'utf8').trim().split('\n').map(Number) : []

  it.each([
    ['at once, by itself', [3, 'end'], '600000', 0],
    ['at once, by process.exit()', [3, 'exit'], '600000', 3],
    ['after a while, by itself', [20, 'end', 50], '50', 0],
    ['after a while, by process.exit()', [20, 'exit', 50], '50', 3],
  ])('%s: it ends, and leaves no process behind', async (_, args, delay, code) => {
    const folder = new AgentFolder()
    const env = hanging(folder)
    const end = await folder.run(`http://${NAME}:4318`, args, { ...env, OTEL_BLRP_SCHEDULE_DELAY: delay })
    expect(end.code).toBe(code)
    while (askers(env).some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20))
  })

  it('for metrics alone: it ends, and its events have arrived', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const env = {
      ...hanging(folder),
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://${NAME}:4318/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '100',
    }
    const agent = folder.start(receiver.url, [20, 'stay', 20], env)
    await agent.prints('committed')
    while (receiver.logs.length < 21 || askers(env).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20))
    agent.child.kill('SIGINT')
    expect((await agent.ended).code).toBe(7)
    expect(askers(env)).not.toContain(agent.child.pid)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that its parent has not fetched yet has ended all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

it.each([
  ['collector', '', ['collector']],
  ['collector.', 'search a.example', ['collector.']],
  [
    'collector',
    'domain old.example\nsearch a.example b.example',
    ['collector.a.example', 'collector.b.example', 'collector'],
  ],
  ['otel.shop', 'search a.example # of the office', ['otel.shop', 'otel.shop.a.example']],
  ['otel.shop', 'search svc.local\noptions ndots:5 edns0', ['otel.shop.svc.local', 'otel.shop']],
  ['a.b.c.d.e.f', 'search svc.local\noptions ndots:5', ['a.b.c.d.e.f', 'a.b.c.d.e.f.svc.local']],
])('%s stands for what resolv.conf says (%j)', (name, text, expected) => {
  expect(candidates(name, text)).toEqual(expected)
})

it('a name of the hosts file has the addresses that it says', () => {
  const text = '127.0.0.1 localhost\n10.0.0.7\tCollector otel # 10.0.0.8 otel\n::7 otel\nnonsense otel\n'
  expect(hostsNamed('OTEL.', text)).toEqual([
    { address: '10.0.0.7', family: 4 },
    { address: '::7', family: 6 },
  ])
  expect(hostsNamed('other', text)).toEqual([])
})
