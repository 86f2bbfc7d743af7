import { readFileSync } from 'node:fs'
import { warnOnce } from '../base/diagnose.ts'
import { askDns } from './dns-servers.ts'
import type { Answer } from './lookup-answer.ts'
import { askSystem } from './system-names.ts'

/**
 * The addresses that the system has for a name, without a lookup in this process that could not be cancelled. On Linux, mostly
 * /etc/hosts and DNS have them, which cost least; the system is asked for other names, and on other systems for all.
 */
export async function addressesOf(name: string): Promise<Answer> {
  const linux = process.platform === 'linux'
  const near = linux ? await askHere(name) : undefined
  if (near?.addresses) return near
  const far = await askSystem(name)
  if (far) return far
  const answer = near ?? (await askHere(name))
  if (!answer.addresses)
    warnOnce(
      `name ${name}`,
      `${name} was looked up in /etc/hosts and DNS only, since this process cannot start another one that asks the system`,
    )
  return answer
}

async function askHere(name: string): Promise<Answer> {
  const addresses = hostsFileAddresses(name)
  return addresses ? { addresses } : askDns(name, textOf('/etc/resolv.conf'))
}

/** @returns undefined where /etc/hosts does not name it. */
export function hostsFileAddresses(name: string): readonly string[] | undefined {
  const addresses = hostsAddresses(name, textOf('/etc/hosts'))
  return addresses.length > 0 ? addresses : undefined
}

/** @param hosts The text of a file as hosts(5) describes it. */
export function hostsAddresses(name: string, hosts: string): string[] {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  const { isIP } = process.getBuiltinModule('node:net')
  // A file that blocks advertisers has 100,000 lines.
  const lines = hosts.split('\n').filter((line) => line.toLowerCase().includes(wanted))
  return lines.flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    return isIP(address) && names.includes(wanted) ? [address] : []
  })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
