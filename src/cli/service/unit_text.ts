/**
 * The files that make the proxy a service of one user, as text: an executable brings no files along. They are those of
 * tools/service, which a test compares. Pure.
 */
import { quoteSh } from "../../quote.ts";

/** tools/service/ccproxy.service */
export const SYSTEMD_UNIT =
  `# Runs ccproxy for one user, from login on (with "loginctl enable-linger" from boot on):
#
#   mkdir -p ~/.config/systemd/user && cp ccproxy.service ~/.config/systemd/user/
#   systemctl --user enable --now ccproxy
#   journalctl --user -u ccproxy -f
[Unit]
Description=ccproxy, a local OpenAI-compatible API
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=%h/.local/bin/ccproxy serve --log-format json
Restart=on-failure
RestartSec=2
# 2 is a wrong setting: starting again cannot help.
RestartPreventExitStatus=2
# Longer than server.shutdown_grace_seconds, so that running answers may end.
TimeoutStopSec=40
# A request takes two connections. An executable does not raise its own limit.
LimitNOFILE=4096
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
# MemoryDenyWriteExecute would stop the JavaScript engine, which compiles at run time.

[Install]
WantedBy=default.target
`;

/** tools/service/ccproxy.plist */
export const LAUNCHD_PLIST = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
  Runs ccproxy for one user on macOS, from login on:

    cp ccproxy.plist ~/Library/LaunchAgents/
    launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/ccproxy.plist
    tail -f ~/Library/Logs/ccproxy.log

  To stop it for good: launchctl bootout gui/$(id -u)/ccproxy

  launchd expands no variables, so a shell finds the program and the log below the home folder and then becomes
  the program.
-->
<plist version="1.0">
  <dict>
    <key>Label</key>
    <string>ccproxy</string>
    <key>ProgramArguments</key>
    <array>
      <string>/bin/sh</string>
      <string>-c</string>
      <string>exec "$HOME/.local/bin/ccproxy" serve --log-format json >>"$HOME/Library/Logs/ccproxy.log" 2>&amp;1</string>
    </array>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
      <key>SuccessfulExit</key>
      <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>10</integer>
    <key>ExitTimeOut</key>
    <integer>40</integer>
    <key>SoftResourceLimits</key>
    <dict>
      <key>NumberOfFiles</key>
      <integer>4096</integer>
    </dict>
    <key>Umask</key>
    <integer>63</integer>
    <key>ProcessType</key>
    <string>Background</string>
  </dict>
</plist>
`;

/** What of this installation stands in the file. */
export interface ServiceProgram {
  /** absolute path of the executable */
  readonly path: string;
  /** absolute path of the settings file, when it is not the usual one */
  readonly config: string | undefined;
  /** variables that name folders and that a service would not get otherwise */
  readonly env: Readonly<Record<string, string>>;
}

/** The systemd unit for a program. @see https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html */
export function systemdUnit({ path, config, env }: ServiceProgram): string {
  const command = [
    path,
    "serve",
    ...config === undefined ? [] : ["--config", config],
    "--log-format",
    "json",
  ];
  const lines = [
    ...Object.entries(env).map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`),
    `ExecStart=${command.map(systemdCommandWord).join(" ")}`,
  ];
  return SYSTEMD_UNIT.replace(/^ExecStart=.*$/m, () => lines.join("\n"));
}

/** The launchd job for a program. */
export function launchdPlist({ path, config, env }: ServiceProgram): string {
  const words = [quoteSh(path), "serve", ...config === undefined ? [] : ["--config", quoteSh(config)]];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoteSh(value)} `).join("");
  const line = `${variables}exec ${
    words.join(" ")
  } --log-format json >>"$HOME/Library/Logs/ccproxy.log" 2>&1`;
  return LAUNCHD_PLIST.replace(/<string>exec .*<\/string>/, () => `<string>${escapeXml(line)}</string>`);
}

/** In double quotes, where a backslash escapes; a percent sign is doubled, or it would name something of systemd's. */
function systemdWord(text: string): string {
  const escaped = text.replaceAll("%", "%%");
  return /^[\w@%+=:,./-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** In a command line a dollar sign is doubled too, or it would name a variable. */
function systemdCommandWord(text: string): string {
  return systemdWord(text).replaceAll("$", "$$$$");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
