/** A command that the system starts for its user, now and at each login. */
export interface Service {
  readonly name: string
  /** The program first. */
  readonly command: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html */
export function systemdUnit({ command, folder, environment }: Service): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`)
  return `${[
    '[Unit]',
    'Description=Reports the goals of AI agents to OpenTelemetry (goaltrace)',
    '',
    '[Service]',
    // Only in a command line does a dollar sign stand for a variable.
    `ExecStart=${command.map((part) => quoted(part).replaceAll('$', '$$$$')).join(' ')}`,
    `WorkingDirectory=${folder.replaceAll('%', '%%')}`,
    ...variables,
    // Where it ends without a failure, it has nothing to do, as with OTEL_SDK_DISABLED.
    'Restart=on-failure',
    'RestartSec=10',
    '',
    '[Install]',
    'WantedBy=default.target',
  ].join('\n')}\n`
}

/** As `man launchd.plist` describes it. */
export function launchdPlist({ name, command, folder, environment }: Service): string {
  const text = (value: string) => `<string>${escaped(value)}</string>`
  const variables = Object.entries(environment).map(([key, value]) => `<key>${escaped(key)}</key>${text(value)}`)
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key>${text(name)}
<key>ProgramArguments</key><array>${command.map(text).join('')}</array>
<key>WorkingDirectory</key>${text(folder)}
<key>EnvironmentVariables</key><dict>${variables.join('')}</dict>
<key>RunAtLoad</key><true/>
<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
</dict></plist>
`
}

/** https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html#Quoting; % begins a specifier. */
function quoted(text: string): string {
  const inside = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('%', '%%')
  return `"${inside}"`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
