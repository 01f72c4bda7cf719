/** Most rows one page may hold. */
export const maxPageRows = 1_000;
