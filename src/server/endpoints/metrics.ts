import type { Endpoint } from "../endpoint.ts";

/** `GET /metrics`, in Prometheus' text format. */
export const showMetrics: Endpoint = ({ metrics, hide }) =>
  new Response(hide(metrics()), { headers: { "content-type": "text/plain; version=0.0.4" } });
