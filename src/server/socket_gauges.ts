/**
 * Open WebSockets as gauges, for Prometheus: those of clients, and those to the backend. Connections that nobody counts
 * are how a proxy runs out of descriptors unseen.
 */
export function socketGauges(open: { readonly client: number; readonly backend: number }): string {
  return [
    "# TYPE ccproxy_websockets_open gauge",
    ...Object.entries(open).map(([side, count]) => `ccproxy_websockets_open{side="${side}"} ${count}`),
    "",
  ].join("\n");
}
