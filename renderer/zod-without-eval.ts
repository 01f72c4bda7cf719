/**
 * The window's content policy allows no code made at run time; zod would try, and each try is an error in the console. Set
 * without zod itself, which no part of the first view needs.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
