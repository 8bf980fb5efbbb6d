/** A client's WebSocket in front and one to the backend behind: the same tests as with a POST behind. */
import "./choose_websocket.ts";
import "./websocket_test.ts";
