import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** What the system answers of a name below `.example`: never, no, or that it is 127.0.0.1. */
type Mood = 'hangs' | 'fails' | 'answers'

const SOURCE = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  const char *mood = getenv("SYSTEM_RESOLVER");
  if (!node || !mood || !strstr(node, ".example")) return real(node, service, hints, found);
  if (!strcmp(mood, "fails")) return EAI_NONAME;
  while (!strcmp(mood, "hangs")) sleep(1000000);
  return real("127.0.0.1", service, hints, found);
}`

/** Variables for a process whose getaddrinfo does so. */
export function systemResolver(mood: Mood): { LD_PRELOAD: string; SYSTEM_RESOLVER: Mood } {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-resolver-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [source, library] = [join(folder, 'resolver.c'), join(folder, 'resolver.so')]
  writeFileSync(source, SOURCE)
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
  return { LD_PRELOAD: library, SYSTEM_RESOLVER: mood }
}
