/**
 * Open WebSockets as gauges, for Prometheus. Connections that nobody counts are how a proxy runs out of descriptors
 * unseen.
 *
 * @param client those of clients
 * @param backend those to the backend
 */
export function socketGauges(client: number, backend: number): string {
  return [
    "# TYPE ccproxy_websockets_open gauge",
    `ccproxy_websockets_open{side="client"} ${client}`,
    `ccproxy_websockets_open{side="backend"} ${backend}`,
    "",
  ].join("\n");
}
