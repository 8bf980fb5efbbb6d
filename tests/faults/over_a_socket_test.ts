import { OVER_A_SOCKET } from "./over_a_socket.ts";
import { runAnswerRow } from "./run_answer_row.ts";

for (const row of OVER_A_SOCKET) {
  Deno.test({
    name: `fault of a socket to the backend, ${row.fault}`,
    fn: () => runAnswerRow(row),
  });
}
