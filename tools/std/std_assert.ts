/**
 * The part of @std/assert that the tests use; see std.ts. In a file of its own, so that the program does not load it.
 */
import * as assertModule from "deno-std/assert/mod.js";

// @std/assert
export const assert: (expr: unknown, msg?: string) => asserts expr = assertModule.assert;
export const assertEquals: <T>(actual: T, expected: T, msg?: string) => void = assertModule.assertEquals;
export const assertNotEquals: <T>(actual: T, expected: T, msg?: string) => void = assertModule.assertNotEquals;
export const assertStrictEquals: <T>(actual: unknown, expected: T, msg?: string) => asserts actual is T =
  assertModule.assertStrictEquals;
export const assertMatch: (actual: string, expected: RegExp, msg?: string) => void = assertModule.assertMatch;
export const assertNotMatch: (actual: string, expected: RegExp, msg?: string) => void = assertModule.assertNotMatch;
export const assertStringIncludes: (actual: string, expected: string, msg?: string) => void =
  assertModule.assertStringIncludes;
export const assertThrows: (fn: () => unknown, msg?: string) => unknown = assertModule.assertThrows;
export const assertRejects: (fn: () => PromiseLike<unknown>, msg?: string) => Promise<unknown> =
  assertModule.assertRejects;
