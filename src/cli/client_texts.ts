import type { ClientTexts } from "../server/page/view.ts";
import { CLIENTS, type Step, type Target } from "./connect_clients.ts";

/** The settings of every client as texts that can be copied, for the page. */
export function clientTexts(target: Target): ClientTexts[] {
  return CLIENTS.map(({ name, title, settings }) => {
    const { steps, notes } = settings(target);
    return { name, title, steps: steps.map(stepTexts), notes };
  });
}

function stepTexts(step: Step): ClientTexts["steps"][number] {
  switch (step.kind) {
    case "file":
      return { place: step.path, text: step.text };
    case "code":
    case "shell":
      return { place: "", text: step.text };
    case "form":
      return { place: "", text: step.fields.map(([name, value]) => `${name}: ${value}`).join("\n") };
  }
}
