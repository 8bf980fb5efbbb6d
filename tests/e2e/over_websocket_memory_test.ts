/** Conversations over WebSockets: nobody may see whether a turn was a continuation. The tests are those of POST. */
import "./choose_websocket.ts";
import "./memory_conversations_test.ts";
import "./memory_responses_test.ts";
import "./memory_sessions_test.ts";
import "./messages_test.ts";
import "./replayed_items_test.ts";
