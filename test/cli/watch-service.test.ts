import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it } from 'vitest'
import { launchdPlist, systemdUnit } from '../../src/cli/lib/service-file.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const SERVICE = {
  name: 'goaltrace-watch-1',
  command: ['/usr/bin/node', '/opt/50% "new"/goaltrace', 'watch', '/home/me/$goals & <more>.db'],
  folder: '/home/me',
  environment: { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=a b%20c' },
}

it('a systemd unit and a launchd plist say the command as it is', () => {
  expect(systemdUnit(SERVICE)).toContain(
    'ExecStart="/usr/bin/node" "/opt/50%% \\"new\\"/goaltrace" "watch" "/home/me/$$goals & <more>.db"\n',
  )
  expect(systemdUnit(SERVICE)).toContain('Environment="OTEL_EXPORTER_OTLP_HEADERS=authorization=a b%%20c"\n')
  expect(launchdPlist(SERVICE)).toContain('<string>/home/me/$goals &amp; &lt;more&gt;.db</string>')
})

it('a service is started again where it has failed, not where it had nothing to do', () => {
  expect(systemdUnit(SERVICE)).toContain('\nRestart=on-failure\n')
  expect(launchdPlist(SERVICE)).toContain('<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>\n')
})

it.skipIf(process.platform !== 'linux')(
  '--install writes a unit and starts it, --uninstall takes both away',
  async () => {
    const folder = scratchFolder()
    // What systemd would do is not this test's; which commands it is given is.
    const asked = join(folder, 'asked')
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\necho "$@" >>"${asked}"\n`)
    chmodSync(join(folder, 'systemctl'), 0o755)
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      XDG_CONFIG_HOME: join(folder, 'config'),
      OTEL_SERVICE_NAME: 'an agent',
      GOALTRACE_STATE_DIR: join(folder, 'state'),
    }
    const run = async (...args: string[]) => await goaltrace(['watch', 'goals.db', ...args], env, folder).ended
    const units = join(folder, 'config/systemd/user')
    const refused = await run('--install')
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('--yes') })
    const disabled = { ...env, OTEL_SDK_DISABLED: 'true' }
    expect(await goaltrace(['watch', 'goals.db', '--install', '--yes'], disabled, folder).ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('OTEL_SDK_DISABLED is true'),
    })
    expect(existsSync(units)).toBe(false)
    expect(await run('--install', '--yes')).toMatchObject({ code: 0, err: '' })
    const [unit = ''] = readdirSync(units)
    const text = readFileSync(join(units, unit), 'utf8')
    expect(text).toContain(`"watch" "${join(folder, 'goals.db')}"`)
    expect(text).toContain('Environment="OTEL_SERVICE_NAME=an agent"')
    expect(statSync(join(units, unit)).mode & 0o777).toBe(0o600)
    expect(await run('--uninstall')).toMatchObject({ code: 0, err: '' })
    expect(readdirSync(units)).toEqual([])
    const name = unit.replace('.service', '')
    expect(readFileSync(asked, 'utf8').split('\n')).toEqual([
      '--user daemon-reload',
      `--user enable --now ${name}`,
      `--user disable --now ${name}`,
      '',
    ])
    expect(await run('--uninstall')).toMatchObject({ code: 1 })
  },
)
