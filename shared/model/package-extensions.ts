/** How files of case packages are named: with Portside's own ending, which systems open with it, or as the zip they are. */
export const packageExtensions = ['portside', 'zip'] as const;
