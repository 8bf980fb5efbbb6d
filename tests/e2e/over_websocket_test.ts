/** What clients see over a WebSocket to the backend is what they see over POST: the same tests, on the other transport. */
import "./choose_websocket.ts";
import "./answers_test.ts";
import "./translation_test.ts";
