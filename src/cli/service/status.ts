import type { ExitCode } from "../../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { facts, writeJson } from "../output.ts";
import { placeOf } from "../place.ts";
import { findServer, pidText } from "../running_server.ts";
import { servicePlace } from "./service_place.ts";
import { ownerOf, readUnit } from "./unit_file.ts";

/** `ccproxy service status`. */
export const serviceStatusCommand = defineCommand({
  path: ["service", "status"],
  summary: "Show whether the background service is installed and runs",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: {},
  examples: [
    { line: "ccproxy service status", doc: "Look at it" },
    { line: "ccproxy service status --json", doc: "For programs" },
  ],
  exitCodes: { 0: "It runs", 1: "It does not run, or is not installed" },
  async run({ flags }, world): Promise<ExitCode> {
    const service = servicePlace(placeOf(world));
    const { settings } = await openContext(world, flags.config);
    const installed = await readUnit(service.path) !== undefined;
    const [program, ...args] = service.running(await ownerOf(service.path));
    const asked = installed ? await world.runProgram(program, args) : undefined;
    // Where the service manager cannot be asked, nobody knows.
    const running = !installed ? false : asked === undefined ? undefined : asked.code === 0;
    const server = await findServer(world, settings);
    const answers = server.kind === "ours" ? server.url : undefined;
    const code = running ?? answers !== undefined ? 0 : 1;
    if (flags.json) {
      writeJson(world, {
        manager: service.manager,
        path: service.path,
        installed,
        running: running ?? null,
        url: answers ?? null,
        pid: server.kind === "ours" ? server.pid ?? null : null,
      });
      return code;
    }
    world.out(facts(
      [
        ["Service", `${service.manager}, ${installed ? "installed" : "not installed"}`],
        ["File", installed ? service.path : undefined],
        [
          "Running",
          running === undefined
            ? "unknown: the service manager cannot be asked from here"
            : running
            ? "yes"
            : "no",
        ],
        [
          "Proxy",
          server.kind === "ours" ? `${server.url}${pidText(server)}` : "does not answer at its address",
        ],
        ["Log", installed ? service.log : undefined],
      ],
      world.columns,
      "",
    ));
    if (!installed) world.err('"ccproxy service install" installs it\n');
    return code;
  },
});
