/** Imported in front of tests that are to run over WebSockets, as the program is shipped. */
import { testOver } from "../transport_under_test.ts";

testOver("auto");
