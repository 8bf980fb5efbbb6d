/** Descriptions of JSON values, each a function that lists what is wrong with a value. */

/** Lists the faults of a value; `at` is its place, for the messages. */
export type Shape = (value: unknown, at: string) => string[];

/** A text. */
export const text: Shape = ofType("a string", (value) => typeof value === "string");

/** A number. */
export const number: Shape = ofType("a number", (value) => typeof value === "number");

/** A whole number. */
export const integer: Shape = ofType("an integer", Number.isInteger);

/** True or false. */
export const flag: Shape = ofType("a boolean", (value) => typeof value === "boolean");

/** Anything at all. */
export const anything: Shape = () => [];

/** One of these texts. */
export function oneOf(...texts: readonly string[]): Shape {
  return ofType(
    texts.map((entry) => JSON.stringify(entry)).join(" or "),
    (value) => texts.includes(`${value}`),
  );
}

/** Null, or this. */
export function nullOr(shape: Shape): Shape {
  return (value, at) => value === null ? [] : shape(value, at);
}

/** The first shape that fits; the faults of the last one when none does. */
export function either(...shapes: readonly Shape[]): Shape {
  return (value, at) => {
    const faults = shapes.map((shape) => shape(value, at));
    return faults.find((found) => found.length === 0) ?? faults.at(-1) ?? [];
  };
}

/** A list whose entries have this shape. */
export function listOf(shape: Shape): Shape {
  return (value, at) =>
    Array.isArray(value)
      ? value.flatMap((entry, index) => shape(entry, `${at}[${index}]`))
      : [`${at}: found ${shown(value)}, a list is needed`];
}

/** An object with these keys; an optional key may be missing, and has its shape when it is there. */
export function object(required: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape {
  return (value, at) => {
    if (!isObject(value)) return [`${at}: found ${shown(value)}, an object is needed`];
    const missing = Object.keys(required).filter((key) => !(key in value)).map((key) =>
      `${at}.${key}: missing`
    );
    const wrong = Object.entries({ ...required, ...optional }).flatMap(([key, shape]) =>
      key in value ? shape(value[key], `${at}.${key}`) : []
    );
    return [...missing, ...wrong];
  };
}

/** An object whose `type` picks its shape. */
export function tagged(shapes: Record<string, Shape>): Shape {
  return (value, at) => {
    const type = isObject(value) ? value["type"] : undefined;
    const shape = shapes[`${type}`];
    return shape === undefined
      ? [`${at}.type: found ${shown(type)}, needed is one of ${Object.keys(shapes).join(", ")}`]
      : shape(value, at);
  };
}

/** True for an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ofType(name: string, fits: (value: unknown) => boolean): Shape {
  return (value, at) => fits(value) ? [] : [`${at}: found ${shown(value)}, needed is ${name}`];
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}
