/** Codes of `writes.action`; everything below `renameCode` is counted. */
export const actionCodes = { creation: 0, overwrite: 1, modification: 2, rename: 3 } as const;
export const renameCode = actionCodes.rename;
